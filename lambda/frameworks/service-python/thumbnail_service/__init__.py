"""What every Python platform of the thumbnail service shares: its facts, its problems and its pictures.

The web frameworks beside this folder add routes and nothing else.
"""

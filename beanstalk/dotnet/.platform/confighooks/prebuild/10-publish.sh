#!/bin/bash
# A change of the configuration unpacks the sources anew and runs these hooks instead of those of a deployment.
exec bash .platform/hooks/prebuild/10-publish.sh

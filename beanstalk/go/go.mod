module thumbnails-sample

go 1.24

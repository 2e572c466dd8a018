package media

// Free is how many bytes may still be written to the file system of the folder; ok is false when
// the system doesn't tell.
func (f *Files) Free() (bytes int64, ok bool) { return free(f.dir) }

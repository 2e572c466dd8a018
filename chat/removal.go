package chat

import "context"

// removeFiles removes the files of images that are gone from the store. It remembers which they are
// until they are gone too.
func (h *House) removeFiles(names []string) {
	if h.files == nil || len(names) == 0 {
		return
	}
	var gone []string
	for _, name := range names {
		if h.removeFile(name) {
			gone = append(gone, name)
		}
	}
	h.start(func() {
		ctx := context.Background()
		if err := h.store.FilesRemoved(ctx, gone); err != nil {
			h.failed(ctx, "removed", "not noted that files are gone", "error", err)
		}
	})
}

// removeFile removes a file, and tells whether it is gone.
func (h *House) removeFile(name string) bool {
	if h.files == nil {
		return false
	}
	err := h.files.Remove(name)
	if err != nil {
		h.failed(context.Background(), "file", "file not removed", "file", name, "error", err)
	}
	return err == nil
}

// removeRest removes the files that were to be removed when an earlier process ended, or that
// couldn't be.
func (h *House) removeRest(ctx context.Context) error {
	names, err := h.store.RemovedFiles(ctx)
	if err == nil {
		h.removeFiles(names)
	}
	return err
}

package httpapi

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// serveContent answers with a file, or with one range of it. Who asks for several gets all of it:
// no page does, and thousands of ranges of a byte cost much more than they send.
func serveContent(w http.ResponseWriter, r *http.Request, file io.ReadSeeker) {
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range")
	}
	http.ServeContent(w, r, "", time.Time{}, file)
}

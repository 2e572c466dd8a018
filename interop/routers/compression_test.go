package routers

import (
	"net/http"

	"github.com/NYTimes/gziphandler"
	"github.com/klauspost/compress/gzhttp"

	"github.com/madang-chat/madang/socketio"
)

func compressionRows() []row {
	off := func(o *socketio.Options) { o.DisableHTTPCompression = true }
	return []row{
		{name: "NYTimes/gziphandler: GzipHandler", front: gziphandler.GzipHandler, logs: []string{belated}},
		{name: "NYTimes/gziphandler: GzipHandler and DisableHTTPCompression", front: gziphandler.GzipHandler, logs: []string{belated}, options: off},
		{name: "klauspost/compress: gzhttp", front: func(io http.Handler) http.Handler { return gzhttp.GzipHandler(io) }},
		{
			name: "klauspost/compress: gzhttp and DisableHTTPCompression", options: off,
			front: func(io http.Handler) http.Handler { return gzhttp.GzipHandler(io) },
		},
	}
}

module github.com/madang-chat/madang/bench

go 1.26.0

require github.com/madang-chat/madang v0.0.0

require (
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/madang-chat/madang => ..

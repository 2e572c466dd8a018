package socketio

import (
	"fmt"

	"github.com/madang-chat/madang/internal/jsonx"
)

// misfit is the error of a payload that can't be read into what is wanted. Its message is for who
// wrote the client: it names the place, and tells of what came no more than its kind.
func misfit(what string, data []byte, attachments [][]byte, err error) *Error {
	where, why := jsonx.Misfit(err, data, len(attachments) > 0)
	if where != "" {
		what += " at " + where
	}
	return &Error{Code: CodeBadPayload, Message: what + ": " + why, Err: err}
}

// badArgument speaks of the argument at an index; people count from 1.
func badArgument(index int, arg []byte, attachments [][]byte, err error) error {
	return misfit(fmt.Sprintf("argument %d", index+1), arg, attachments, err)
}

// badReply is badArgument for the arguments of an ack.
func badReply(err error) error {
	if e := find[Error](err); e != nil {
		return &Error{Code: e.Code, Message: "reply, " + e.Message, Err: e.Err}
	}
	return err
}

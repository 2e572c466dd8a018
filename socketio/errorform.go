package socketio

import "context"

// EncodeError replaces Options.EncodeError, and in a namespace its Parent's.
func (r *Registrar) EncodeError(fn func(ctx context.Context, s *Socket, err error) any) {
	require("EncodeError", fn != nil)
	r.change(func(t *table) {
		if t.encode != nil {
			panic("socketio: two EncodeErrors for one namespace")
		}
		t.encode = fn
	})
}

// errorForm is the function that chooses the form of errors.
func (n *Namespace) errorForm() errorForm {
	switch parent, own := n.tables(); {
	case own.encode != nil:
		return own.encode
	case parent.encode != nil:
		return parent.encode
	}
	return n.server.opts.EncodeError
}

// Package wire is what the page and the server say to each other: the JSON views of the domain,
// errors in the form clients get, and the server's texts in Korean and English. Both doors use it,
// so that a message looks the same whichever way it comes.
//
// A view made for one receiver has a language and names in it. A broadcast is encoded once for all
// receivers, so its views are made with the language "" and carry nameIdx alone; the page has the
// same words. A cid is shown to the sender's own connections only.
//
// Fields that may be absent are marked omitzero: it means the same to every encoder, and omitempty
// doesn't.
//
// Everything here is a plain value; functions are safe for concurrent use.
package wire

import "time"

func ms(t time.Time) int64 { return t.UnixMilli() }

package adapter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// A Socket is one in the answer to a fetch.
type Socket struct {
	ID        string                     `json:"id"`
	Handshake handshake                  `json:"handshake"`
	Rooms     Texts                      `json:"rooms"`
	Data      map[string]json.RawMessage `json:"data"`
}

// A handshake is what the official server keeps of a request.
type handshake struct {
	Headers map[string]value `json:"headers"`
	Time    string           `json:"time"`
	Address string           `json:"address"`
	XDomain bool             `json:"xdomain"`
	Secure  bool             `json:"secure"`
	Issued  float64          `json:"issued"` // milliseconds since 1970
	URL     string           `json:"url"`
	Query   map[string]value `json:"query"`
	Auth    json.RawMessage  `json:"auth,omitempty"`
}

// A value is a text, or several.
type value []string

func (v value) MarshalJSON() ([]byte, error) {
	if len(v) == 1 {
		return json.Marshal(v[0])
	}
	return json.Marshal([]string(v))
}

func (v *value) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*v = value{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(v))
}

// time in the words of Date.prototype.toString.
const dateForm = "Mon Jan 02 2006 15:04:05 GMT-0700 (MST)"

func handshakeOf(h *socketio.Handshake) handshake {
	form := handshake{Headers: map[string]value{}, Query: map[string]value{}, Auth: json.RawMessage("{}")}
	if h == nil || h.Handshake == nil {
		return form
	}
	for name, values := range h.Header() {
		// Node joins those of one name, but for cookies of answers.
		form.Headers[strings.ToLower(name)] = value{strings.Join(values, ", ")}
	}
	for name, values := range h.Query() {
		form.Query[name] = values
	}
	form.Time, form.Issued = h.Time.Format(dateForm), float64(h.Time.UnixMilli())
	form.Address, form.Secure, form.URL = h.Address, h.Secure, h.URL
	form.XDomain = h.Header().Get("Origin") != ""
	var auth json.RawMessage
	if h.Auth(&auth) == nil && auth != nil {
		form.Auth = auth
	}
	return form
}

// socketIO is the reverse of handshakeOf.
func (f *handshake) socketIO() (*socketio.Handshake, error) {
	header := http.Header{}
	for name, values := range f.Headers {
		header[http.CanonicalHeaderKey(name)] = values
	}
	issued := time.UnixMilli(int64(min(max(f.Issued, 0), 1e14)))
	text, err := json.Marshal(map[string]any{"Time": issued, "Address": f.Address, "Secure": f.Secure, "URL": f.URL, "Header": header})
	if err != nil {
		return nil, err
	}
	h, err := engineio.DecodeHandshake(text)
	if err != nil {
		return nil, err
	}
	auth := f.Auth
	if string(auth) == "null" {
		auth = nil
	}
	return socketio.NewHandshake(h, auth), nil
}

// SocketOf reads a socket of Node's servers, or of another version.
func SocketOf(text []byte, attachments [][]byte) (i socketio.SocketInfo, err error) {
	var s Socket
	if err := json.Unmarshal(text, &s); err != nil {
		return i, fmt.Errorf("a socket: %w", err)
	}
	i = socketio.SocketInfo{ID: s.ID, Rooms: s.Rooms, Data: make(map[string]any, len(s.Data))}
	if at := slices.Index(i.Rooms, i.ID); at > 0 {
		i.Rooms = slices.Insert(slices.Delete(i.Rooms, at, at+1), 0, i.ID)
	}
	if i.Handshake, err = s.Handshake.socketIO(); err != nil {
		return i, fmt.Errorf("a handshake: %w", err)
	}
	for name, value := range s.Data {
		a, err := ArgsOf(slices.Concat([]byte{'['}, value, []byte{']'}), attachments)
		if err != nil {
			return i, fmt.Errorf("data of a socket: %w", err)
		}
		i.Data[name] = a
	}
	return i, nil
}

// NodeSocket describes a socket to servers of Node. Attachments are added to what there is.
func NodeSocket(i socketio.SocketInfo, attachments *[][]byte) Socket {
	s := Socket{ID: i.ID, Handshake: handshakeOf(i.Handshake), Rooms: i.Rooms, Data: map[string]json.RawMessage{}}
	for name, v := range i.Data {
		a, err := socketio.ArgsOf(v)
		if err != nil {
			continue // what can't travel isn't told
		}
		text, binary, err := First(a)
		if err != nil || text == nil {
			continue
		}
		s.Data[name] = renumber(text, binary, attachments)
	}
	return s
}

// NodeSockets describes sockets, none as an empty list.
func NodeSockets(infos []socketio.SocketInfo, attachments *[][]byte) ([]json.RawMessage, error) {
	list := make([]json.RawMessage, len(infos))
	for i, info := range infos {
		text, err := marshal(NodeSocket(info, attachments))
		if err != nil {
			return nil, fmt.Errorf("describe a socket: %w", err)
		}
		list[i] = text
	}
	return list, nil
}

// marshal leaves texts as they are: json.Marshal escapes what is dangerous in HTML.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'}), nil
}

// renumber gives the placeholders of a value the numbers that its attachments have behind others.
func renumber(text []byte, binary [][]byte, attachments *[][]byte) []byte {
	if len(binary) == 0 {
		return text
	}
	before := len(*attachments)
	*attachments = append(*attachments, binary...)
	if before == 0 {
		return text
	}
	out := string(text)
	for i := len(binary) - 1; i >= 0; i-- {
		out = strings.ReplaceAll(out, placeholder(i), placeholder(before+i))
	}
	return []byte(out)
}

func placeholder(i int) string { return `{"_placeholder":true,"num":` + strconv.Itoa(i) + "}" }

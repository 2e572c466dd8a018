package httpapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"rsc.io/qr"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/chat/wire"
)

// browsers and systems, as User-Agent names them. Most say several: the first that fits counts.
var (
	browsers = [][2]string{{"KAKAOTALK", "KakaoTalk"}, {"NAVER", "Naver"}, {"SamsungBrowser/", "Samsung Internet"}, {"Whale/", "Whale"}, {"Edg", "Edge"},
		{"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems = [][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"}}
)

// deviceOf is the browser and the system that a request names, "" when we know neither.
func deviceOf(r *http.Request) string {
	agent := r.UserAgent()
	var parts []string
	for _, known := range [][][2]string{browsers, systems} {
		for _, k := range known {
			if strings.Contains(agent, k[0]) {
				parts = append(parts, k[1])
				break
			}
		}
	}
	return strings.Join(parts, " · ")
}

// getDevices lists the devices of a visitor.
func (s *site) getDevices(w http.ResponseWriter, r *http.Request) error {
	v, err := s.known(r)
	if err != nil {
		return err
	}
	devices, err := s.house.Devices(r.Context(), v.Visitor)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.DevicesReply{OK: true, Devices: wire.DevicesOf(devices, v.Device)})
	return nil
}

// deleteDevice ends one of them. The own one has its cookie taken away.
func (s *site) deleteDevice(w http.ResponseWriter, r *http.Request) error {
	v, err := s.known(r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	if err := s.house.EndDevice(r.Context(), v.Visitor, id); err != nil {
		return err
	}
	if id == v.Device {
		cookie.DropSession(w, r)
	}
	writeJSON(w, http.StatusOK, wire.Done)
	return nil
}

type forgetRequest struct {
	All bool `json:"all"` // the whole identity, else this device
}

func (q *forgetRequest) form(v url.Values) error {
	q.All = v.Get("all") == "true"
	return nil
}

// postForget ends the device that asks, or all that the visitor is.
func (s *site) postForget(w http.ResponseWriter, r *http.Request) error {
	v, err := s.known(r)
	if err != nil {
		return err
	}
	var q forgetRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	if q.All {
		err = s.house.Forget(r.Context(), v.Visitor)
	} else {
		err = s.house.EndDevice(r.Context(), v.Visitor, v.Device)
	}
	if err != nil {
		return err
	}
	cookie.DropSession(w, r)
	writeJSON(w, http.StatusOK, wire.Done)
	return nil
}

// postLink makes a link to another device. Its secret is behind the #, which browsers send to
// nobody.
func (s *site) postLink(w http.ResponseWriter, r *http.Request) error {
	v, err := s.known(r)
	if err != nil {
		return err
	}
	secret, until, err := s.house.Link(v.Visitor)
	if err != nil {
		return err
	}
	scheme := "http"
	if cookie.OverTLS(r) {
		scheme = "https"
	}
	address := scheme + "://" + r.Host + "/link#" + secret
	rows, err := squares(address)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, wire.LinkReply{OK: true, URL: address, QR: rows, Expires: until.UnixMilli()})
	return nil
}

// squares are a text for a camera.
func squares(text string) ([]string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return nil, fmt.Errorf("draw the link: %w", err)
	}
	rows := make([]string, code.Size)
	for y := range rows {
		row := make([]byte, code.Size)
		for x := range row {
			row[x] = '0'
			if code.Black(x, y) {
				row[x] = '1'
			}
		}
		rows[y] = string(row)
	}
	return rows, nil
}

// link shows the page that asks whether to go on as somebody. It makes no session, and only what
// the page sends then uses the link up: messengers open links by themselves.
func (s *site) link(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	w.Header().Set("X-Robots-Tag", "noindex")
	s.show(w, r, http.StatusOK, v, data{View: "link"})
	return nil
}

type linkRequest struct {
	Secret string `json:"secret"`
	Take   bool   `json:"take"` // else it is only asked who it leads to
}

func (q *linkRequest) form(v url.Values) error {
	q.Secret, q.Take = v.Get("secret"), v.Get("take") == "true"
	return nil
}

// postTakeLink tells who a link leads to, or makes the browser a device of that visitor.
func (s *site) postTakeLink(w http.ResponseWriter, r *http.Request) error {
	v, err := s.guest(r)
	if err != nil {
		return err
	}
	var q linkRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	var id chat.Identity
	var token string
	if q.Take {
		token, id, err = s.house.TakeLink(r.Context(), q.Secret, v.lang, deviceOf(r), v.Visitor)
	} else {
		id, err = s.house.Linked(r.Context(), q.Secret, v.From)
	}
	if err != nil {
		return err
	}
	if token != "" {
		cookie.SetSession(w, r, token, s.house.Limits().SessionLife)
	}
	writeJSON(w, http.StatusOK, wire.LinkedReplyOf(id, v.lang, v.ID == id.ID))
	return nil
}

type tagRequest struct {
	Passphrase string `json:"passphrase"` // "" = no tag
}

func (q *tagRequest) form(v url.Values) error {
	q.Passphrase = v.Get("passphrase")
	return nil
}

// putTag gives a visitor the tag of a passphrase, and the device another token with it.
func (s *site) putTag(w http.ResponseWriter, r *http.Request) error {
	v, err := s.known(r)
	if err != nil {
		return err
	}
	var q tagRequest
	if err := s.readBody(w, r, &q); err != nil {
		return err
	}
	id, err := s.house.SetTag(r.Context(), v.Visitor, q.Passphrase)
	if err != nil {
		return err
	}
	if q.Passphrase != "" {
		token, err := s.house.Replace(r.Context(), v.token)
		if err != nil {
			return err
		}
		cookie.SetSession(w, r, token, s.house.Limits().SessionLife)
	}
	writeJSON(w, http.StatusOK, wire.MeReplyOf(id, v.lang))
	return nil
}

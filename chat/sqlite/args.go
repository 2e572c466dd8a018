package sqlite

import (
	"encoding/json"
	"fmt"

	"github.com/madang-chat/madang/chat"
)

// args are what a system line tells besides whom it is about.
type args struct {
	Title string `json:"title,omitzero"`
	N     int    `json:"n,omitzero"`

	Until  int64  `json:"until,omitzero"`
	Reason string `json:"reason,omitzero"`

	Was *chat.Called `json:"was,omitzero"`
	Now *chat.Called `json:"now,omitzero"`
}

// argsOf is the column sys_args of a message.
func argsOf(m chat.Message) (string, error) {
	a := args{Title: m.Title, N: m.N, Reason: m.Reason}
	if m.Code == chat.LineNick {
		a.Was, a.Now = &m.Was, &m.Now
	}
	if !m.Until.IsZero() {
		a.Until = ms(m.Until)
	}
	if a == (args{}) {
		return "", nil
	}
	text, err := json.Marshal(a)
	if err != nil {
		return "", fmt.Errorf("write the arguments of a line: %w", err)
	}
	return string(text), nil
}

// readArgs sets what the column tells of a message.
func readArgs(m *chat.Message, column string) error {
	if column == "" {
		return nil
	}
	var a args
	if err := json.Unmarshal([]byte(column), &a); err != nil {
		return fmt.Errorf("read the arguments of the line %s: %w", m.ID, err)
	}
	m.Title, m.N, m.Reason = a.Title, a.N, a.Reason
	if a.Was != nil && a.Now != nil {
		m.Was, m.Now = *a.Was, *a.Now
	}
	if a.Until != 0 {
		m.Until = at(a.Until)
	}
	return nil
}

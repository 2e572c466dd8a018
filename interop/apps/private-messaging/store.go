package main

import "sync"

type user struct {
	UserID    string    `json:"userID"`
	Username  string    `json:"username"`
	Connected bool      `json:"connected"`
	Messages  []message `json:"messages"` // with the one who asks
}

type message struct {
	Content string `json:"content"`
	From    string `json:"from"`
	To      string `json:"to"`
}

// A store keeps who has been here and what they wrote.
type store struct {
	mu       sync.Mutex
	sessions []session // guarded by mu
	messages []message // guarded by mu
}

type session struct {
	login
	connected bool
}

func (st *store) find(sessionID string) (login, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, s := range st.sessions {
		if s.SessionID == sessionID {
			return s.login, true
		}
	}
	return login{}, false
}

func (st *store) save(l login, connected bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for i := range st.sessions {
		if st.sessions[i].SessionID == l.SessionID {
			st.sessions[i].connected = connected
			return
		}
	}
	st.sessions = append(st.sessions, session{l, connected})
}

func (st *store) post(m message) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.messages = append(st.messages, m)
}

// usersFor lists everybody, each with the messages between them and one user.
func (st *store) usersFor(id string) (users []user) {
	st.mu.Lock()
	defer st.mu.Unlock()
	for _, s := range st.sessions {
		u := user{UserID: s.UserID, Username: s.Username, Connected: s.connected}
		for _, m := range st.messages {
			if m.From == id && m.To == u.UserID || m.From == u.UserID && m.To == id {
				u.Messages = append(u.Messages, m)
			}
		}
		users = append(users, u)
	}
	return users
}

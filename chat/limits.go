package chat

import (
	"cmp"
	"time"
)

// Limits are the numbers of the rules. A zero field is its default; a negative rate or quota is
// none.
type Limits struct {
	Title      int // graphemes; default 50
	TitleBytes int // default 2048: 50 of the longest emoji

	MaxDefault int // seats of a room; default 10
	MaxLeast   int // default 2
	MaxMost    int // default 1000

	PasswordMin int // characters; default 4
	PasswordMax int // default 64

	MessageGraphemes int // default 2000
	MessageBytes     int // default 8 KiB

	Upload int64 // bytes of an image; default 5 MiB

	HistoryFirst int // messages of a fresh join; default 50
	HistoryPage  int // messages of one history request at most; default 100
	ResumeMost   int // changes sent to a returning client; beyond them it starts anew; default 500

	Rooms            int // open rooms in all; default 15000
	RoomsPerIdentity int // open rooms one identity owns; default 5

	SendBurst       int     // messages of one identity at once; default 8
	SendPerSecond   float64 // and then per second; default 2
	RoomPerSecond   float64 // messages of one room per second; default 100
	UploadPerMinute float64 // images of one identity, refused ones too; default 6
	JoinsPerMinute  float64 // seats one identity takes anew; default 10

	Guesses           int           // of one identity at one room in GuessWindow; default 10
	GuessesPerAddress int           // the same for all identities of one address; default 10
	GuessWindow       time.Duration // default 3 min
	SessionsPerMinute float64       // of one address, which many may share; default 120

	SessionLife    time.Duration // since last seen; default 180 days
	SessionUnused  time.Duration // of one that never came back; default 24 h
	SessionSweep   time.Duration // between two searches for sessions to delete; default 1 h
	GrantLife      time.Duration // how long a password needn't be told again; default 12 h
	SeatGrace      time.Duration // seat kept after the last connection has gone; default 30 s
	RestartGrace   time.Duration // the same after a start; default 60 s
	EmptyGrace     time.Duration // room kept after the last seat was freed; default 30 s
	UnvisitedGrace time.Duration // the same when nobody came since the start; default 10 min
	LobbyPause     time.Duration // between two EventUpdated of a room; default 1 s

	Hashing      int // passwords hashed at once, 19 MiB each; default 2
	HashingQueue int // and waiting; beyond it UNAVAILABLE; default 32
}

func (l Limits) withDefaults() Limits {
	or := func(v *int, d int) { *v = cmp.Or(*v, d) }
	or(&l.Title, 50)
	or(&l.TitleBytes, 2048)
	or(&l.MaxDefault, 10)
	or(&l.MaxLeast, 2)
	or(&l.MaxMost, 1000)
	or(&l.PasswordMin, 4)
	or(&l.PasswordMax, 64)
	or(&l.MessageGraphemes, 2000)
	or(&l.MessageBytes, 8<<10)
	or(&l.HistoryFirst, 50)
	or(&l.HistoryPage, 100)
	or(&l.ResumeMost, 500)
	or(&l.Rooms, 15000)
	or(&l.RoomsPerIdentity, 5)
	or(&l.SendBurst, 8)
	or(&l.Guesses, 10)
	or(&l.GuessesPerAddress, 10)
	or(&l.Hashing, 2)
	or(&l.HashingQueue, 32)

	l.Upload = cmp.Or(l.Upload, 5<<20)

	rate := func(v *float64, d float64) { *v = cmp.Or(*v, d) }
	rate(&l.SendPerSecond, 2)
	rate(&l.RoomPerSecond, 100)
	rate(&l.UploadPerMinute, 6)
	rate(&l.JoinsPerMinute, 10)
	rate(&l.SessionsPerMinute, 120)

	span := func(v *time.Duration, d time.Duration) { *v = cmp.Or(*v, d) }
	span(&l.GuessWindow, 3*time.Minute)
	span(&l.SessionLife, 180*24*time.Hour)
	span(&l.SessionUnused, 24*time.Hour)
	span(&l.SessionSweep, time.Hour)
	span(&l.GrantLife, 12*time.Hour)
	span(&l.SeatGrace, 30*time.Second)
	span(&l.RestartGrace, time.Minute)
	span(&l.EmptyGrace, 30*time.Second)
	span(&l.UnvisitedGrace, 10*time.Minute)
	span(&l.LobbyPause, time.Second)
	return l
}

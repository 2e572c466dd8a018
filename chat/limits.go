package chat

import "time"

// Limits are the numbers of the rules, all of them. A zero field is its default. A negative one is
// no limit where the tag none says so, else its default too. The tags hold the default and what the
// number means; the page docs/chat/limits.md is made from them.
type Limits struct {
	Title            int   `default:"50" code:"BAD_TITLE" doc:"characters of a room's title"`
	TitleBytes       int   `default:"2048" doc:"bytes of it: 50 of the longest emoji"`
	Nickname         int   `default:"20" code:"BAD_NICK" doc:"characters of a nickname"`
	NicknameBytes    int   `default:"512" doc:"bytes of it"`
	Slug             int   `default:"50" code:"BAD_SLUG" doc:"characters of a room's name in its address, /r/name"`
	MaxDefault       int   `default:"10" doc:"seats of a room that asks for no number"`
	MaxLeast         int   `default:"2" code:"BAD_MAX" doc:"seats that a room may ask for, at least"`
	MaxMost          int   `default:"1000" code:"BAD_MAX" doc:"seats that a room may ask for, at most"`
	PasswordMin      int   `default:"4" code:"BAD_PASSWORD" doc:"characters of a room's password, at least"`
	PasswordMax      int   `default:"64" code:"BAD_PASSWORD" doc:"characters of a room's password, at most"`
	MessageGraphemes int   `default:"2000" code:"TOO_LONG" doc:"characters of a message"`
	MessageBytes     int   `default:"8192" code:"TOO_LONG" doc:"bytes of a message"`
	Upload           Bytes `default:"5MiB" code:"TOO_LARGE" doc:"size of an image"`

	Pictures    int `default:"4" code:"BAD_REQUEST" doc:"images of one message"`
	Alt         int `default:"300" code:"TOO_LONG" doc:"characters of what is said of an image for those who don't see it"`
	ImageSide   int `default:"4096" code:"BAD_IMAGE" doc:"pixels of an image's width, and of its height"`
	ImageFrames int `default:"500" code:"BAD_IMAGE" doc:"frames of an image"`
	ImageArea   int `default:"100000000" code:"BAD_IMAGE" doc:"pixels of all frames of an image together"`
	ImageScans  int `default:"64" code:"BAD_IMAGE" doc:"scans of a progressive JPEG, each of which browsers decode over all its pixels"`

	HistoryFirst int `default:"50" doc:"messages that a newcomer gets"`
	HistoryPage  int `default:"100" doc:"messages of one request for history, at most"`
	ResumeMost   int `default:"500" doc:"changes sent to a client that returns; beyond them it starts anew"`
	LobbyPage    int `default:"50" doc:"rooms of one page of the list, at most"`

	SearchPage int           `default:"20" doc:"messages that one search finds at once, at most"`
	SearchSpan int           `default:"100000" doc:"messages that one search looks at; the next one goes on from there"`
	SearchText int           `default:"100" code:"TOO_LONG" doc:"characters of what is looked for"`
	SearchTime time.Duration `default:"2s" code:"UNAVAILABLE" doc:"the longest that one search may take, with the wait for others"`
	Searching  int           `default:"2" doc:"searches that are under way at once; others wait"`

	Moderators int `default:"10" none:"-1" code:"TOO_MANY" doc:"moderators of a room, besides its owner"`
	RoomBans   int `default:"500" none:"-1" code:"TOO_MANY" doc:"people who are banned from a room"`
	Reason     int `default:"100" code:"TOO_LONG" doc:"characters of the reason of a ban or a report"`
	Reports    int `default:"200" doc:"reports that a room keeps; the oldest go first"`

	Rooms             int           `default:"15000" none:"-1" code:"SERVER_FULL" doc:"open rooms in all"`
	RoomsPerIdentity  int           `default:"5" none:"-1" code:"TOO_MANY_ROOMS" doc:"open rooms that one visitor owns"`
	CreatesPerAddress int           `default:"5" none:"-1" code:"RATE_LIMITED" doc:"rooms that one address opens in create-window"`
	CreateWindow      time.Duration `default:"10m" doc:"the time that creates-per-address counts over"`
	AddressRoomDay    int           `default:"100" none:"-1" code:"RATE_LIMITED" doc:"and in a day, however short they last"`

	NickChanges           int           `default:"3" none:"-1" code:"RATE_LIMITED" doc:"changes of one visitor's name in nick-window"`
	NickChangesPerAddress int           `default:"300" none:"-1" code:"RATE_LIMITED" doc:"and of all visitors of one address"`
	NickWindow            time.Duration `default:"1h" doc:"the time that changes of names count over"`
	ChangesPerMinute      float64       `default:"30" none:"-1" code:"RATE_LIMITED" doc:"changes of rooms that one visitor makes in a minute"`

	TagChanges           int           `default:"5" none:"-1" code:"RATE_LIMITED" doc:"passphrases of one visitor in nick-window"`
	TagChangesPerAddress int           `default:"30" none:"-1" code:"RATE_LIMITED" doc:"and of all visitors of one address"`
	Links                int           `default:"10" none:"-1" code:"RATE_LIMITED" doc:"links to another device that one visitor makes in nick-window; the last one works"`
	LinkLife             time.Duration `default:"10m" doc:"such a link works"`
	LinkTriesPerAddress  int           `default:"30" none:"-1" code:"RATE_LIMITED" doc:"links to another device that one address opens in nick-window, and that are none"`
	Devices              int           `default:"10" none:"-1" code:"TOO_MANY" doc:"devices of one visitor"`

	SendBurst             int           `default:"8" doc:"messages of one visitor at once"`
	SendPerSecond         float64       `default:"2" none:"-1" code:"RATE_LIMITED" doc:"and then in each second"`
	AddressSendsPerSecond float64       `default:"20" none:"-1" code:"RATE_LIMITED" doc:"messages of one address in a second"`
	RoomPerSecond         float64       `default:"100" none:"-1" code:"RATE_LIMITED" doc:"messages in one room in a second; a fifth more for those who haven't just sent one"`
	AddressTextDay        Bytes         `default:"50MB" none:"-1" code:"RATE_LIMITED" doc:"texts of one address in a day"`
	JoinsPerMinute        float64       `default:"10" none:"-1" code:"RATE_LIMITED" doc:"seats that one visitor takes anew in a minute"`
	AddressJoinsPerMinute float64       `default:"120" none:"-1" code:"RATE_LIMITED" doc:"and all visitors of one address"`
	RoomJoinsPerMinute    float64       `default:"600" none:"-1" code:"RATE_LIMITED" doc:"seats that are taken anew in one room in a minute"`
	RoomNewcomers         int           `default:"10" none:"-1" doc:"newcomers of one room in newcomer-window, beyond which its owner is asked whether to lock the door; where more than 40 people are, in proportion"`
	RoomNewcomersFree     int           `default:"30" none:"-1" code:"PROOF_NEEDED" doc:"newcomers of one room in newcomer-window, beyond which each has to prove some work first; in the same proportion"`
	NewcomersFree         int           `default:"200" none:"-1" code:"PROOF_NEEDED" doc:"the same, of all rooms together"`
	NewcomerWindow        time.Duration `default:"10s" doc:"the time that newcomers count over"`
	ProofBits             int           `default:"18" doc:"zero bits of the hash that a newcomer has to find then: 18 take a phone one or two seconds, each more twice as long"`
	ProofBitsMost         int           `default:"22" doc:"the same, as often as there are twice as many newcomers, at most"`
	ProofLife             time.Duration `default:"2m" doc:"the time for that work"`
	HistoryPerSecond      float64       `default:"5" none:"-1" code:"RATE_LIMITED" doc:"requests for history of one visitor in a second"`
	AddressReadsPerSecond float64       `default:"50" none:"-1" code:"RATE_LIMITED" doc:"requests for history, parts of the list and returns to a room of one address in a second, and twice as many at once"`
	SearchBurst           int           `default:"5" doc:"searches of one visitor at once"`
	SearchesPerSecond     float64       `default:"1" none:"-1" code:"RATE_LIMITED" doc:"and then in each second"`
	ReportsPerMinute      float64       `default:"5" none:"-1" code:"RATE_LIMITED" doc:"messages and people that one visitor reports in a minute"`
	ActsPerSecond         float64       `default:"5" none:"-1" code:"RATE_LIMITED" doc:"messages that one visitor deletes in a second, or acts of one in charge, and twice as many at once"`
	ListsPerSecond        float64       `default:"5" none:"-1" code:"RATE_LIMITED" doc:"parts of the list of rooms, searched or not, that one visitor asks for in a second"`
	SessionsPerMinute     float64       `default:"120" none:"-1" code:"RATE_LIMITED" doc:"new visitors from one address in a minute; many people may share an address"`

	AddressesPerSite int `default:"16" none:"-1" doc:"addresses whose limits a whole IPv6 site (/48) has together: it holds 65,536 of them"`

	Exports      int           `default:"5" none:"-1" code:"RATE_LIMITED" doc:"exports of rooms that one visitor makes in export-window"`
	ExportWindow time.Duration `default:"1h" doc:"the time that exports count over"`
	ExportTime   time.Duration `default:"1h" doc:"the longest that an export may take, however slowly it is read"`
	Exporting    int           `default:"3" code:"UNAVAILABLE" doc:"exports of rooms that are under way at once"`

	UploadsPerMinute     float64 `default:"6" none:"-1" code:"RATE_LIMITED" doc:"messages with images of one visitor in a minute, refused ones too"`
	AddressUploadsAtOnce int     `default:"20" none:"-1" code:"RATE_LIMITED" doc:"images that one address sends at the same time: each holds its part of the quotas until it has come"`
	UploadDay            Bytes   `default:"50MB" none:"-1" code:"RATE_LIMITED" doc:"images of one visitor in a day"`
	AddressUploadDay     Bytes   `default:"200MB" none:"-1" code:"RATE_LIMITED" doc:"images of one address in a day"`
	MediaTotal           Bytes   `default:"5GB" none:"-1" code:"NO_SPACE" doc:"images kept in all"`
	DiskReserve          Bytes   `default:"512MiB" none:"-1" code:"NO_SPACE" doc:"free disk below which no image is taken; texts are"`

	Guesses           int           `default:"10" none:"-1" code:"RATE_LIMITED" doc:"passwords that one visitor tries at one room in guess-window"`
	GuessesPerAddress int           `default:"10" none:"-1" code:"RATE_LIMITED" doc:"wrong passwords of one address in guess-window, over all rooms"`
	GuessWindow       time.Duration `default:"3m" doc:"the time that guesses count over"`
	Hashing           int           `default:"2" doc:"passwords hashed at once, 19 MiB each"`
	HashingQueue      int           `default:"32" none:"-1" code:"UNAVAILABLE" doc:"passwords that wait for it"`

	SocketsPerIdentity     int           `default:"10" none:"-1" code:"RATE_LIMITED" doc:"connections of one visitor"`
	SocketsPerAddress      int           `default:"50" none:"-1" code:"RATE_LIMITED" doc:"connections of one address"`
	Sockets                int           `default:"20000" none:"-1" code:"UNAVAILABLE" doc:"connections in all"`
	ConnectionsPerAddress  int           `default:"500" none:"-1" doc:"TCP connections of one address: those of sockets, of pages, and those that never ask for anything"`
	RequestsPerSecond      float64       `default:"100" none:"-1" code:"RATE_LIMITED" doc:"requests of one address in a second, and twice as many at once; an image counts a fifth, the page's files and sockets not"`
	HandshakesPerSecond    float64       `default:"20" none:"-1" code:"RATE_LIMITED" doc:"new connections of one address in a second"`
	Packet                 Bytes         `default:"64KiB" doc:"size of what a socket sends at once: six times message-bytes, the escapes of JSON, and a little"`
	EventsPerSecond        int           `default:"50" none:"-1" code:"RATE_LIMITED" doc:"events of one connection in a second, whatever they are"`
	AddressEventsPerSecond float64       `default:"200" none:"-1" code:"RATE_LIMITED" doc:"and of all connections of one address, twice as many at once"`
	JSONDepth              int           `default:"16" doc:"arrays and objects inside one another in what a socket sends"`
	Namespaces             int           `default:"3" doc:"namespaces of one connection"`
	EventName              int           `default:"64" doc:"bytes of the name of an event"`
	UnknownEvents          int           `default:"20" doc:"events that nobody knows, of one socket in a minute; then it ends"`
	ConnectTimeout         time.Duration `default:"10s" doc:"for a connection to enter a namespace"`

	Offences           int           `default:"200" none:"-1" code:"LOCKED_OUT" doc:"refusals of one visitor in offence-window that lock it out; who waits as long as it is told to isn't counted"`
	OffencesPerAddress int           `default:"1000" none:"-1" code:"LOCKED_OUT" doc:"refusals of one address in offence-window, and then nobody new gets in from there; visitors from before go on"`
	OffenceWindow      time.Duration `default:"1m" doc:"the time that offences count over"`
	Lockout            time.Duration `default:"10m" doc:"how long a visitor or an address is locked out"`

	SessionLife    time.Duration `default:"4320h" doc:"a visitor is known, since last seen"`
	SessionUnused  time.Duration `default:"24h" doc:"a visitor is known who never came back"`
	SessionRenew   time.Duration `default:"720h" doc:"a visitor's token is replaced by another one"`
	SessionSweep   time.Duration `default:"1h" doc:"between two searches for visitors to forget"`
	GrantLife      time.Duration `default:"12h" doc:"a password needn't be told again"`
	DoorMemory     time.Duration `default:"24h" doc:"who has left a room may come back while its door is locked"`
	SeatGrace      time.Duration `default:"30s" doc:"a seat is kept after the last connection has gone"`
	RestartGrace   time.Duration `default:"1m" doc:"a seat is kept after a start of the server"`
	KickPause      time.Duration `default:"1m" doc:"somebody who was removed from a room may come back"`
	EmptyGrace     time.Duration `default:"30s" doc:"a room is kept after the last seat was freed"`
	CloseGrace     time.Duration `default:"10s" none:"-1" doc:"between the owner's wish to close a room and its end, in which the wish can be taken back"`
	OwnerGrace     time.Duration `default:"24h" doc:"a room stays its owner's who isn't there"`
	UnvisitedGrace time.Duration `default:"10m" doc:"a room is kept that nobody has come to since the start"`
	LifeSweep      time.Duration `default:"20s" doc:"between two looks for rooms whose life has passed, and messages"`
	LobbyPause     time.Duration `default:"1s" doc:"between two changes of a room, or of the list, that the lobby hears of"`
	LobbyText      int           `default:"80" doc:"characters of what was said last in a room that the list shows"`
	LobbyFaces     int           `default:"3" doc:"people in a room whom the list shows"`
}

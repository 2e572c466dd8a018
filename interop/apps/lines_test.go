package apps

type source struct {
	file string
}

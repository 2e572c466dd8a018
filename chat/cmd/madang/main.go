// Command madang runs the chat: the page, its HTTP requests and its sockets from one process, with
// its data in one folder.
//
//	madang --data ./data
//	madang config
//	madang backup --data ./data backups/monday
//	madang rooms
//	madang help
//
// Each setting is a flag, an environment variable and a key of the configuration file: --log-level,
// MADANG_LOG_LEVEL, log-level. SIGTERM, SIGINT and SIGHUP, the end of its terminal, end the server
// within ten seconds: sockets get what was sent to them, requests their answers; clients come back
// by themselves. A second one ends it at once. Sockets that systemd holds for the server take the
// place of listen, and one named http that of listen-http.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands are those of the program.
type commands struct {
	Serve   serveCommand   `cmd:"" default:"withargs" help:"Run the chat (the default command)."`
	Backup  backupCommand  `cmd:"" help:"Copy the data to a new folder; the server may run meanwhile."`
	Verify  verifyCommand  `cmd:"" help:"Look whether a backup is whole: every byte, and the database."`
	Restore restoreCommand `cmd:"" help:"Put a backup in place of the data; the server must not run."`
	Config  configCommand  `cmd:"" help:"Print the settings in force, and where each comes from."`

	Stats       statsCommand       `cmd:"" help:"Show what the running server does: people, messages, refusals, disk, memory."`
	Rooms       roomsCommand       `cmd:"" help:"Look at the rooms of the running server, close them, keep them, take them out of the list."`
	Ban         banCommand         `cmd:"" help:"Ban visitors and addresses from the running server."`
	Export      exportCommand      `cmd:"" help:"Write a room to a zip: its messages and images."`
	Import      importCommand      `cmd:"" help:"Open the room of an export here."`
	Healthcheck healthcheckCommand `cmd:"" help:"Tell by the exit code whether the running server is ready; for containers."`

	Version versionCommand `cmd:"" help:"Print the version."`

	File string `name:"config" env:"MADANG_CONFIG" placeholder:"FILE" help:"Settings in YAML, each named as its flag is. Without it /etc/madang/madang.yaml is read when it exists."`
}

func main() {
	forgetEmpty()
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	context.AfterFunc(ctx, stop) // the next one does what it does to any program
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// forgetEmpty takes variables of ours that say nothing out of the environment: whoever writes
// MADANG_HOST=$NAME into a container's description, and sets no NAME, means none.
func forgetEmpty() {
	for _, pair := range os.Environ() {
		if name, value, _ := strings.Cut(pair, "="); value == "" && strings.HasPrefix(name, "MADANG_") {
			os.Unsetenv(name)
		}
	}
}

// run is the whole program: it ends with ctx, and its result is the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var all commands
	var file configFile
	exit := -1
	parser, err := kong.New(&all,
		kong.Name("madang"),
		kong.Description("A chat of your own: open a room, share its link."),
		variables(),
		helpful(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.WithBeforeResolve(func(c *kong.Context) error { return readConfig(c, &file) }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{stdout, stderr}, &file),
	)
	if err != nil {
		fmt.Fprintln(stderr, "madang:", err)
		return 1
	}
	if len(args) > 0 && args[0] == "help" {
		args = append(slices.Clone(args[1:]), "--help")
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help has been printed
		return exit
	}
	if err == nil {
		err = command.Run()
	} else {
		err = misused(err)
	}
	if err != nil {
		fmt.Fprintln(stderr, "madang:", printable(strings.ReplaceAll(err.Error(), "\n", "; ")))
		return 1
	}
	return 0
}

// usageError is what kong ends with when the command line is wrong, rather than a file.
const usageError = 80

// misused adds to what is wrong with the command line where to read what is right.
func misused(err error) error {
	e, ok := errors.AsType[*kong.ParseError](err)
	if !ok || e.ExitCode() != usageError {
		return err
	}
	name := "madang"
	if e.Context != nil && e.Context.Selected() != nil && e.Context.Command() != "serve" {
		name = e.Context.Selected().FullPath()
	}
	return fmt.Errorf("%w (%s --help tells more)", err, name)
}

// streams are where the program writes.
type streams struct{ out, err io.Writer }

// Command madang runs the chat: the page, its HTTP requests and its sockets from one process, with
// its data in one folder.
//
//	madang serve --listen :8005 --data ./data
//	madang backup --data ./data backups/monday
//	madang verify backups/monday
//	madang restore --data ./data backups/monday
//	madang version
//
// Each flag is also an environment variable: --listen is MADANG_LISTEN. SIGTERM and SIGINT end the
// server within ten seconds: sockets get what was sent to them, requests their answers; clients come
// back by themselves. A second one ends it at once. Sockets that systemd holds for the server take
// the place of --listen, and one named http that of --listen-http.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands are those of the program.
type commands struct {
	Serve   serveCommand   `cmd:"" default:"withargs" help:"Run the chat (the default command)."`
	Backup  backupCommand  `cmd:"" help:"Copy the data to a new folder; the server may run meanwhile."`
	Verify  verifyCommand  `cmd:"" help:"Look whether a backup is whole: every byte, and the database."`
	Restore restoreCommand `cmd:"" help:"Put a backup in place of the data; the server must not run."`

	Healthcheck healthcheckCommand `cmd:"" help:"Tell by the exit code whether the running server is ready; for containers."`

	Version versionCommand `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the next one does what it does to any program
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the whole program: it ends with ctx, and its result is the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var all commands
	exit := -1
	parser, err := kong.New(&all,
		kong.Name("madang"),
		kong.Description("A chat of your own: open a room, share its link."),
		kong.DefaultEnvars("MADANG"),
		kong.UsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{stdout, stderr}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "madang:", err)
		return 1
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help has been printed
		return exit
	}
	if err != nil {
		parser.FatalIfErrorf(err)
		return exit
	}
	if err := command.Run(); err != nil {
		fmt.Fprintln(stderr, "madang:", err)
		return 1
	}
	return 0
}

// streams are where the program writes.
type streams struct{ out, err io.Writer }

type versionCommand struct{}

func (versionCommand) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "madang", version())
	return err
}

// version is the module's version, else the commit that the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "devel"
}

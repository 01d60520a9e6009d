package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// untilHangup ends the context when the terminal goes away. The kernel tells only the leader of the terminal's session, and
// that may be one that passes nothing on but waits for us, as make does. What is no terminal is not watched.
func untilHangup(ctx context.Context, terminal *os.File) context.Context {
	fd := int(terminal.Fd()) // #nosec G115 -- a file descriptor
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		return ctx
	}
	ctx, hangUp := context.WithCancel(ctx)
	go func() {
		// Without events asked for, only a hang-up or an error ends the wait.
		watched := []unix.PollFd{{Fd: int32(fd)}} // #nosec G115 -- a file descriptor
		for {
			if _, err := unix.Poll(watched, -1); !errors.Is(err, unix.EINTR) {
				break
			}
		}
		hangUp()
	}()
	return ctx
}

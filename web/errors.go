package web

import (
	"errors"
	"fmt"
	"time"
)

// ErrSignInNeeded says that the page is for people who are signed in.
var ErrSignInNeeded = errors.New("sign-in needed")

// ErrCrossSite says that another site, or a program without browser headers,
// sent a request that changes something.
var ErrCrossSite = errors.New("request from another site")

// CrossSiteError is ErrCrossSite with what the browser said, for the page that
// explains it. A header that was not sent is empty; both come from outside.
type CrossSiteError struct{ Site, Origin string }

func (e *CrossSiteError) Error() string { return ErrCrossSite.Error() }

// Unwrap makes it an ErrCrossSite.
func (e *CrossSiteError) Unwrap() error { return ErrCrossSite }

// ForbiddenError says that the person has none of the roles a page needs.
type ForbiddenError struct {
	Need []Role
	User *User
}

func (e *ForbiddenError) Error() string { return fmt.Sprintf("one of the roles %v is needed", e.Need) }

// MisdirectedError says that the request names a host that is not ours.
type MisdirectedError struct{ PublicURL string }

func (e *MisdirectedError) Error() string { return "host name is not the portal's" }

// BadRequestError is a request no form of the portal sends. What and Fix are
// sentences for people.
type BadRequestError struct {
	Status    int // 400, 414 or 415
	What, Fix string
}

func (e *BadRequestError) Error() string { return e.What }

// TooLargeError says that a body is larger than the route takes, in bytes.
type TooLargeError struct{ Limit int64 }

func (e *TooLargeError) Error() string { return fmt.Sprintf("body over %d bytes", e.Limit) }

// TooManyError says that a limit of requests or streams is reached.
type TooManyError struct{ RetryAfter time.Duration }

func (e *TooManyError) Error() string { return "too many requests" }

// PanicError is a recovered panic. Stack has function names and lines, no
// arguments.
type PanicError struct {
	Value any
	Stack string
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

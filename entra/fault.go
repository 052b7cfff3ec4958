package entra

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/oauth2"
)

// FaultKind tells apart the faults that are mended in different places.
type FaultKind string

// Kinds of faults. Only the last one had an answer.
const (
	FaultTimeout FaultKind = "timeout" // no answer in time
	FaultName    FaultKind = "name"    // the host name is not known
	FaultClosed  FaultKind = "closed"  // nothing listens at the address
	FaultTLS     FaultKind = "tls"     // the certificate is not trusted
	FaultCut     FaultKind = "cut"     // the connection ended too early
	FaultNetwork FaultKind = "network" // anything else of the network
	FaultAnswer  FaultKind = "answer"  // an answer came and cannot be read
)

// FaultError tells that no answer could be read: the network, the address or
// the answer itself is at fault, not the request. Its text is one sentence
// fit for people.
type FaultError struct {
	Hop     HopName // empty when it was no request of a token
	Kind    FaultKind
	Reason  string
	Address string // host and port that were asked

	RetryAfter time.Duration // 0 when no pause was asked for
	cause      error
}

// Unreached says why a request to an address got no answer. Of err only the
// kind goes into the sentence: its text may hold a query.
func Unreached(err error, address string) *FaultError {
	host := hostOf(address)
	kind, reason := transportFault(err, host)
	return &FaultError{Kind: kind, Reason: reason, Address: host, cause: err}
}

// Error returns the sentence.
func (e *FaultError) Error() string { return e.Reason }

// Unsent reports whether nothing was asked, as no connection could be made:
// after any other fault the request may have been carried out.
func (e *FaultError) Unsent() bool {
	return e.Kind == FaultName || e.Kind == FaultClosed || e.Kind == FaultTLS
}

// Unwrap returns what the network or the decoder said.
func (e *FaultError) Unwrap() error { return e.cause }

// failure turns a failed request into a refused or a failed hop.
func (c *Client) failure(hop Hop, seen *recorder, err error, form url.Values) (Hop, *oauth2.Token, error) {
	if seen.err == nil && seen.status != 0 {
		if refusal, ok := parseRefusal(seen.body, seen.status, secretsOf(form, seen.form)); ok {
			if refusal.CorrelationID == "" {
				refusal.CorrelationID = seen.correlation
			}
			if refusal.TraceID == "" {
				refusal.TraceID = cut(seen.requestID, 100)
			}
			refusal.RetryAfter = RetryAfter(seen.retryAfter, c.now())
			hop.State, hop.Err, hop.CorrelationID = HopRefused, refusal, refusal.CorrelationID
			return hop, nil, refusal
		}
		return failHop(hop, &FaultError{
			Kind: FaultAnswer, Reason: answerFault(seen), Address: hostOf(hop.Endpoint), RetryAfter: RetryAfter(seen.retryAfter, c.now()),
		})
	}
	// Only http.Client's own error tells a timeout; only the transport's tells
	// why the reading of a body ended.
	err = errors.Join(err, seen.err)
	return failHop(hop, Unreached(err, hop.Endpoint))
}

// failHop ends a hop that has no answer. What x/oauth2 says is dropped: its
// errors may carry bodies.
func failHop(hop Hop, fault *FaultError) (Hop, *oauth2.Token, error) {
	hop.State, hop.Fault, fault.Hop = HopFailed, fault.Reason, hop.Name
	hop.Unsent = fault.Unsent()
	return hop, nil, fault
}

// answerFault says what is wrong with an answer that is neither a token nor
// a refusal.
func answerFault(seen *recorder) string {
	kind, _, _ := mime.ParseMediaType(seen.contentType)
	switch {
	case seen.status >= 300 && seen.status < 400:
		return fmt.Sprintf("The sign-in service answered with a redirect (HTTP %d), which is never followed.", seen.status)
	case kind != "application/json":
		return fmt.Sprintf("The answer is not JSON (HTTP %d, %s). Something between here and the sign-in service may have answered.", seen.status, orWord(kind, "no content type"))
	case seen.status >= 500:
		return fmt.Sprintf("The sign-in service had a fault of its own (HTTP %d). Try again in a minute.", seen.status)
	case !strings.HasSuffix(strings.TrimSpace(string(seen.body)), "}"):
		return fmt.Sprintf("The answer was cut off (HTTP %d, %d bytes). Try again.", seen.status, len(seen.body))
	}
	return fmt.Sprintf("The answer holds no token (HTTP %d).", seen.status)
}

// transportFault says why no answer came from a host.
func transportFault(err error, host string) (FaultKind, string) {
	var dns *net.DNSError
	var untrusted x509.UnknownAuthorityError
	var wrongName x509.HostnameError
	var badCert *tls.CertificateVerificationError
	var timeout net.Error
	switch {
	case errors.As(err, &dns) && !dns.IsTimeout:
		return FaultName, fmt.Sprintf("The name %s could not be found. Check the network and the name service.", host)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &timeout) && timeout.Timeout():
		return FaultTimeout, fmt.Sprintf("%s did not answer in time.", host)
	case errors.Is(err, context.Canceled):
		return FaultNetwork, "The request was stopped before an answer came."
	case errors.Is(err, errBodyTooLarge):
		return FaultAnswer, "The answer is larger than 8 MiB and was not read."
	case errors.Is(err, syscall.ECONNREFUSED):
		return FaultClosed, fmt.Sprintf("Nothing answers at %s. Check that it is running and the address is right.", host)
	case errors.As(err, &untrusted), errors.As(err, &wrongName), errors.As(err, &badCert):
		return FaultTLS, fmt.Sprintf("The certificate of %s is not trusted here.", host)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return FaultCut, fmt.Sprintf("%s ended the connection before the answer was complete.", host)
	}
	return FaultNetwork, fmt.Sprintf("%s could not be reached.", host)
}

func hostOf(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

func orWord(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

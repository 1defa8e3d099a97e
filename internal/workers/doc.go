// Package workers shares numbered tasks among goroutines: the caller's own, and
// helpers that stay between calls, since starting a goroutine or waking one takes
// longer than many a layer.
//
// Nobody waits for a helper that does not come. What a caller shares is an offer
// in a helper's mailbox; the caller begins at once, and when no task is left it
// takes back the offers that nobody has taken up. It waits only for helpers that
// are at work on a task.
//
// Whether sharing pays depends on what else the machine does, which no program can
// ask: Trial finds out by comparing.
package workers

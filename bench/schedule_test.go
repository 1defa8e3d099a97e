package main

import (
	"errors"
	"testing"
	"time"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/stretchr/testify/require"
)

func TestSchedule(t *testing.T) {
	const ms = time.Millisecond
	for _, test := range []struct {
		once time.Duration
		want schedule
	}{
		{0, schedule{300 * ms, 15, int(20 * ms)}},
		{ms, schedule{300 * ms, 15, 20}},
		{30 * ms, schedule{300 * ms, 10, 1}},
		{70 * ms, schedule{300 * ms, 6, 1}},
	} {
		require.Equal(t, test.want, newSchedule(test.once, 300*ms))
	}
}

// Each round has a peak, and what fails ends the rounds.
func TestScheduleRuns(t *testing.T) {
	m := newMeter(dispatch.Sets()[0], 1)
	s := schedule{time.Millisecond, 3, 1}
	rounds := 0
	ours := func() error { rounds++; return nil }
	peaks, err := s.run(m, nil, ours, nil)
	require.NoError(t, err)
	require.Equal(t, 3, rounds)
	require.Len(t, peaks, 3)
	require.Equal(t, (m.bursts[0]+m.bursts[1])/2, peaks[0])

	fails := func() error { return errors.New("out of order") }
	_, err = s.run(m, nil, fails, nil)
	require.ErrorContains(t, err, "out of order")
	_, err = s.run(m, fails, ours, []*contestant{{err: errors.New("absent")}})
	require.ErrorContains(t, err, "out of order")
	require.Equal(t, 3, rounds)
}

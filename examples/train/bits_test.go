package main

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// trainedHash is the SHA-256 of all that two epochs with a few recordings end in.
const trainedHash = "381d8578a5c09e93da88781df8d2455a9749dbbdd0a5d9cc4055a834aadbc35f"

// smallRun is a run with a few of the recordings.
func smallRun(t *testing.T, s settings, recordings int, kernel string, threads int) *training {
	t.Helper()
	learn, err := readTraining()
	require.NoError(t, err)
	validation, err := readValidation()
	require.NoError(t, err)
	run, err := newTraining(s, kernel, threads, learn[:recordings], validation[:4])
	require.NoError(t, err)
	return run
}

func (t *training) train(test *testing.T, epochs int) {
	for range epochs {
		require.NoError(test, t.epoch(func(int, int) {}))
	}
}

// hash is over the network, the optimizer, the generator and the history.
func (t *training) hash(test *testing.T) string {
	hash := sha256.New()
	for _, a := range t.network.state() {
		fmt.Fprintln(hash, a.Name)
		require.NoError(test, binary.Write(hash, binary.LittleEndian, a.Values))
	}
	optimizer, err := t.optimizer.MarshalBinary()
	require.NoError(test, err)
	hash.Write(optimizer)
	random, err := t.random.MarshalBinary()
	require.NoError(test, err)
	hash.Write(random)
	require.NoError(test, binary.Write(hash, binary.LittleEndian, t.history))
	return hex.EncodeToString(hash.Sum(nil))
}

// A run ends in the same bits on every CPU, with every set of kernels and any number of
// threads. With -short only the best set is run: generic takes minutes on an emulated CPU.
func TestSameBitsEverywhere(t *testing.T) {
	kernels, threads := sepconv.Kernels(), []int{1, 2, 7}
	if testing.Short() {
		kernels, threads = kernels[:1], threads[:2]
	}
	for _, kernel := range kernels {
		for _, n := range threads {
			t.Run(fmt.Sprintf("%s, %d threads", kernel, n), func(t *testing.T) {
				run := smallRun(t, settings{Seed: 7, Epochs: 2}, 10, kernel, n)
				run.train(t, 2)
				require.Equal(t, trainedHash, run.hash(t))
			})
			if kernel == "generic" {
				break // it is slow, and threads do not ask which set they share
			}
		}
	}
}

// A run that was stopped goes on bit for bit.
func TestResume(t *testing.T) {
	s := settings{Seed: 3, Epochs: 3}
	whole := smallRun(t, s, 3, "", 2)
	whole.train(t, 3)

	first := smallRun(t, s, 3, "", 1)
	first.train(t, 1)
	name := filepath.Join(t.TempDir(), "checkpoint")
	require.NoError(t, first.save(name))
	c, err := readCheckpoint(name)
	require.NoError(t, err)
	second := smallRun(t, c.Settings, 3, "", 2)
	require.NoError(t, second.restore(c))
	require.Equal(t, first.hash(t), second.hash(t))
	second.train(t, 2)
	require.Equal(t, whole.hash(t), second.hash(t))
}

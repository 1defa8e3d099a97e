// Package texthash has the hashes by which TensorFlow puts strings into buckets: those of
// tf.strings.to_hash_bucket_fast and, with a key, of to_hash_bucket_strong. Both have 64
// bits, of which the remainder by the number of buckets is taken.
package texthash

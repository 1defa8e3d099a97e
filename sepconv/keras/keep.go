package keras

// keep keeps the weights as they are in the file, to write them there again.
func (m *Model) keep(s store) { m.store = s }

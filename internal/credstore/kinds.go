package credstore

// The errors of this package class themselves by Kind and Hint: a store that
// cannot be used is one that the user chose.

// Kind is "usage".
func (e *KindError) Kind() string { return "usage" }

// Kind is "usage".
func (e *VersionError) Kind() string { return "usage" }

// Kind is "usage".
func (e *SizeError) Kind() string { return "usage" }

// Hint names a store that can hold more.
func (e *SizeError) Hint() string { return "use --store file" }

// Kind is "usage".
func (e *KeyringError) Kind() string { return "usage" }

// Hint says what to do about the keyring.
func (e *KeyringError) Hint() string { return "use --store file, or unlock the keyring" }

// Kind is "usage".
func (e *HelperError) Kind() string { return "usage" }

// Hint names a store that needs no helper.
func (e *HelperError) Hint() string { return "try the helper by itself, or use --store file" }

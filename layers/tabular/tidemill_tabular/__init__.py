"""Tables in files, as every room reads them: rows told apart, cells typed, people hidden."""

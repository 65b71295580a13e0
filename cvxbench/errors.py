"""The errors that users are meant to read: one sentence each, saying what, which, and what to do."""


class CvxbenchError(Exception):
    """Wrong use or bad input; the command line prints the sentence and ends with exit code 2."""


class SourceError(CvxbenchError):
    """A dataset's bytes could not be had, or are not what the registry says; a run skips the table and goes on."""

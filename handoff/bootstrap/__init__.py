"""The one place where services meet adapters: a module a process, so that none loads what it doesn't run."""

from pathlib import Path


class ServersError(Exception):
    """Why the servers cannot be used, in words for the person at the terminal."""


class AlreadyRunning(ServersError):
    """Another process holds this data folder."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(f"Le dossier {data_dir} est déjà utilisé par une autre commande.")
        self.data_dir = data_dir

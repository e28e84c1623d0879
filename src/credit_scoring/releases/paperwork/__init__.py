"""The papers of a release: model card, public notice, register entry; the ledger's story of it; in both languages."""

from credit_scoring.releases.paperwork.exporting import export_dossier
from credit_scoring.releases.paperwork.papers import NAMES, Paper, dossier_papers, read_training
from credit_scoring.releases.paperwork.register import RegisterEntry

__all__ = ["NAMES", "Paper", "RegisterEntry", "dossier_papers", "export_dossier", "read_training"]

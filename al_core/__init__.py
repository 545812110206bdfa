"""Active learning on text: the core behind the workbench. Imports no Streamlit."""

__version__ = "0.1.0"

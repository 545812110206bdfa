"""Corpora: look at one, bring your own, or read a public one."""

import streamlit as st

from pages.parts.corpus_view import corpus_view
from pages.parts.public_set import public_set
from pages.parts.upload import upload

st.title("Data", anchor=False)
st.write("Look at a corpus, or add one. Nothing leaves this machine.")
look, add, public = st.tabs(["Look", "Add a file", "Public data sets"], key="tab", bind="query-params")
if look.open:
    with look:
        corpus_view()
elif add.open:
    with add:
        upload()
elif public.open:
    with public:
        public_set()

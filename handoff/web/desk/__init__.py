"""``/desk``: the counsellors' and supervisors' pages."""

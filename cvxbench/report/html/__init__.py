"""The report as one HTML file that fetches nothing: its text is there at once, its charts are drawn when looked at."""

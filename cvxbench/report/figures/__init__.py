"""The figures of a report: rows of numbers, and the charts that are drawn from them for pages and for papers."""

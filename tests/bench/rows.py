# SPDX-License-Identifier: Apache-2.0
"""All rows of the benchmark, in the order of the table."""
import rows_access
import rows_feed
import rows_http
import rows_intake
import rows_pipelines
import rows_qr
import rows_read
import rows_shell
import rows_store

ROWS = (*rows_intake.ROWS, *rows_http.ROWS, *rows_shell.ROWS, *rows_read.ROWS, *rows_feed.ROWS,
        *rows_store.ROWS, *rows_access.ROWS, *rows_pipelines.ROWS, *rows_qr.ROWS)

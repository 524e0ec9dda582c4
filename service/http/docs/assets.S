/* Our own pages, and Swagger UI as it was fetched (package-lock.json) and gzipped by the Makefile: see assets.h. */

.macro embed name, file
        .global \name
        .global \name\()_end
        .balign 16
\name:
        .incbin "\file"
\name\()_end:
        .byte 0
.endm

        .section .rodata
        embed docs_index, "http/docs/index.html"
        embed docs_initialise_js, "http/docs/initialise.js"
        embed docs_page_css, "http/docs/page.css"
        embed docs_bundle_js, "docs/swagger-ui-bundle.js.gz"
        embed docs_css, "docs/swagger-ui.css.gz"

        .section .note.GNU-stack, "", %progbits

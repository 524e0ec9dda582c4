/* What /docs is made of, embedded. A file lies from its name up to (not including) name_end. Swagger UI is gzipped. */
#pragma once

extern const unsigned char docs_index[], docs_index_end[];
extern const unsigned char docs_initialise_js[], docs_initialise_js_end[];
extern const unsigned char docs_page_css[], docs_page_css_end[];
extern const unsigned char docs_bundle_js[], docs_bundle_js_end[];
extern const unsigned char docs_css[], docs_css_end[];

/* What is asked and answered by yes or no, but may not be known: nobody may take the last for either. */
#pragma once

enum fact { FACT_NOT_KNOWN, FACT_NO, FACT_YES };

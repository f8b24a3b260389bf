# Each target calls one thing; scripts/run.py prepares the environment first.
PYTHON ?= python3
RUN = @$(PYTHON) scripts/run.py

.PHONY: demo test check fmt bench docs

demo:   ## the portal with its demo data, on this machine (RESET=1 starts anew)
	$(RUN) demo

test:   ## every test, the browser's included (ARGS="-k word" narrows)
	$(RUN) test $(ARGS)

check:  ## what must be true of the code before it is merged
	$(RUN) check

fmt:    ## put the code in its house style
	$(RUN) fmt

bench:  ## measure the promises of speed
	$(RUN) bench $(ARGS)

docs:   ## redraw the documents that are drawn from the code
	$(RUN) docs

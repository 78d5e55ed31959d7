"""Read what a pipeline says about its run, and write what the pipeline shows: annotations, outputs and a summary."""

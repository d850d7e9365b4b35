"""`python -m cnn_studio.worker`: serve on standard input and output."""

from cnn_studio.worker.server import main

main()

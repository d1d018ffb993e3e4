# Trains MNIST in one command:  docker run --rm $(docker build -q .)
# Any other command works too:  docker run --rm IMAGE show mnist-cnn
FROM debian:12-slim
COPY . /pullback
WORKDIR /pullback
RUN ./pullback nets && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["./pullback"]
CMD ["train", "mnist-mlp"]

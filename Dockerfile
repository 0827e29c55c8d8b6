# A release gives it with its digest (docs/RELEASING.md).
ARG NODE_IMAGE=node:24-bookworm-slim

# --- build: everything that compiles ------------------------------------------------------------
FROM ${NODE_IMAGE} AS build

# For better-sqlite3, where there is no prebuilt binary for this platform.
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app

# Packages first, so that a change in the sources does not fetch and compile them again. Their
# scripts wait, since ours ("prepare") needs the sources; better-sqlite3 is the one that compiles.
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts \
 && npm rebuild better-sqlite3

COPY tsconfig.json build.js bundle.js ./
COPY src ./src
COPY templates ./templates
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts \
 && chmod 755 dist/main.js

# --- run: the program and what it needs ---------------------------------------------------------
FROM ${NODE_IMAGE}

LABEL org.opencontainers.image.title="Paperboy" \
      org.opencontainers.image.description="Sends people the day's trending research papers by email." \
      org.opencontainers.image.licenses="MIT"

ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    DATABASE_URL=sqlite:/data/paperboy.db

WORKDIR /app

# Owned by root: the program can read itself and not change itself.
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY migrations ./migrations
COPY templates ./templates
COPY locales ./locales

# "docker compose exec paperboy paperboy subscribers list", and the folder that it may write to.
RUN ln -s /app/dist/main.js /usr/local/bin/paperboy \
 && mkdir /data \
 && chown node:node /data

USER node
VOLUME /data
EXPOSE 3000

HEALTHCHECK --interval=30s --timeout=5s --start-period=40s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

# The exec form makes node the first process, so that the signal reaches it: it stops claiming
# mails, finishes those under way and ends.
STOPSIGNAL SIGTERM
CMD ["node", "dist/main.js", "serve"]

/*
 * The load generator, compiled when a benchmark starts. It speaks the contract of generator.ts (see plan.ts) with a
 * fraction of its cost: at one message in flight a generator on Node spends more on a message than a fast server does.
 *
 *   generator kind port sockets inFlight warmup duration framesPerMessage < request, greeting, message
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Times are milliseconds, but for the grace after which a generator that nobody ended ends itself. */
enum { OPENING_AT_ONCE = 64, EVENTS = 1024, READ_SIZE = 1 << 18, SETTLING_TIME = 100, GRACE_SECONDS = 30 };

enum phase { RESPONSE, WELCOME, GREETED, OPEN };

struct blob { uint32_t length; uint8_t *bytes; };

struct connection {
  int fd;
  enum phase phase;
  /* The response head: how many bytes came, how many of its final CR LF CR LF, and the start of the status line. */
  uint32_t head, matched;
  char status[13];
  /* The frame under way: bytes that are still to come, or the part of its header that came before the end of a chunk. */
  uint64_t remaining;
  uint8_t header[10], headerLength;
  bool isData;
  uint32_t framesOfMessage;
  uint64_t received;
  /* Bytes still to be written, and where in the message they begin. */
  uint64_t owed, position;
  bool awaitsWritable;
};

static enum { ECHO, FAN_OUT, HANDSHAKE } kind;
static uint32_t port, sockets, inFlight, warmup, duration, framesPerMessage;
static struct blob request, greeting, message;

static struct connection *connections;
static uint8_t *batch;
static uint8_t chunk[READ_SIZE];
static int epoll;
static uint32_t begun, opened;
static uint64_t count;
/* Fan-out: how many members have each publication that is under way, and how many publications every member has. */
static uint32_t *reached;
static uint64_t published, completed;

static void setUp(int argc, char **argv);
static void openConnection(struct connection *c);
static void sendRequest(struct connection *c);
static void sendAll(struct connection *c, struct blob blob);
static void onReadable(struct connection *c);
static void onOpen(struct connection *c);
static void reconnect(struct connection *c);
static void onFrames(struct connection *c, uint64_t frames);
static void publishDue(void);
static void sendMessages(struct connection *c, uint64_t messages);
static void writeOwed(struct connection *c);
static double milliseconds(void);
static double cpu(void);
_Noreturn static void fail(const char *format, ...);

int main(int argc, char **argv) {
  setUp(argc, argv);
  uint32_t atFirst = sockets < OPENING_AT_ONCE ? sockets : OPENING_AT_ONCE;
  while (begun < atFirst) openConnection(&connections[begun++]);

  enum { OPENING, SETTLING, WARMING, MEASURING } stage = kind == HANDSHAKE ? WARMING : OPENING;
  double since = milliseconds(), cpuAtStart = 0;
  uint64_t countAtStart = 0;
  struct epoll_event events[EVENTS];
  for (;;) {
    int ready = epoll_wait(epoll, events, EVENTS, 10);
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) writeOwed(c);
      if (events[i].events & ~(uint32_t)EPOLLOUT) onReadable(c);
    }
    if (kind == FAN_OUT && stage >= WARMING) publishDue();

    double now = milliseconds();
    if (stage == OPENING && opened == sockets) {
      stage = SETTLING;
      since = now;
    } else if (stage == SETTLING && now - since >= SETTLING_TIME) {
      stage = WARMING;
      since = now;
      if (kind == ECHO) for (uint32_t i = 0; i < sockets; i++) sendMessages(&connections[i], inFlight);
    } else if (stage == WARMING && now - since >= warmup) {
      stage = MEASURING;
      since = now;
      countAtStart = count;
      cpuAtStart = cpu();
      puts("{\"event\":\"started\"}");
      fflush(stdout);
    } else if (stage == MEASURING && now - since >= duration) {
      printf("{\"event\":\"finished\",\"count\":%llu,\"elapsed\":%.3f,\"cpu\":%.3f}\n",
             (unsigned long long)(count - countAtStart), now - since, cpu() - cpuAtStart);
      return 0;
    }
  }
}

static uint32_t number(const char *text) {
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (end == text || *end != '\0' || value > UINT32_MAX) fail("not a number: %s", text);
  return (uint32_t)value;
}

static struct blob readBlob(void) {
  struct blob blob;
  if (fread(&blob.length, sizeof blob.length, 1, stdin) != 1) fail("the plan is cut short");
  blob.bytes = malloc(blob.length + 1);
  if (fread(blob.bytes, 1, blob.length, stdin) != blob.length) fail("the plan is cut short");
  return blob;
}

static void setUp(int argc, char **argv) {
  if (argc != 8) fail("7 arguments expected, got %d", argc - 1);
  if (strcmp(argv[1], "echo") == 0) kind = ECHO;
  else if (strcmp(argv[1], "fan-out") == 0) kind = FAN_OUT;
  else if (strcmp(argv[1], "handshake") == 0) kind = HANDSHAKE;
  else fail("unknown kind: %s", argv[1]);
  port = number(argv[2]);
  sockets = number(argv[3]);
  inFlight = number(argv[4]);
  warmup = number(argv[5]);
  duration = number(argv[6]);
  framesPerMessage = number(argv[7]);
  request = readBlob();
  greeting = readBlob();
  message = readBlob();

  connections = calloc(sockets, sizeof *connections);
  reached = calloc(inFlight + 1, sizeof *reached);
  /* One copy more than may be owed, so that a write that stopped inside a message goes on from one place. */
  batch = malloc((size_t)(inFlight + 1) * message.length + 1);
  for (uint32_t i = 0; i <= inFlight; i++) memcpy(batch + (size_t)i * message.length, message.bytes, message.length);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  alarm(GRACE_SECONDS + (warmup + duration) / 1000);
}

/* The socket stays blocking, for the connect; everything after the handshake asks for MSG_DONTWAIT. */
static void openConnection(struct connection *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (c->fd < 0) fail("socket: %s", strerror(errno));
  int on = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
  sendRequest(c);
}

static void sendRequest(struct connection *c) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) fail("connect: %s", strerror(errno));
  sendAll(c, request);
}

static void sendAll(struct connection *c, struct blob blob) {
  if (send(c->fd, blob.bytes, blob.length, MSG_NOSIGNAL) != (ssize_t)blob.length) fail("send: %s", strerror(errno));
}

/* Bytes of the response head in this chunk. Sets the phase when the head is complete. */
static size_t takeHead(struct connection *c, const uint8_t *bytes, size_t length) {
  static const char end[] = "\r\n\r\n";
  for (size_t i = 0; i < length; i++) {
    if (c->head < sizeof c->status - 1) c->status[c->head] = (char)bytes[i];
    c->head++;
    c->matched = bytes[i] == end[c->matched] ? c->matched + 1 : bytes[i] == '\r';
    if (c->matched < 4) continue;
    if (memcmp(c->status, "HTTP/1.1 101", 12) != 0) fail("the handshake was denied: %s", c->status);
    c->phase = greeting.length > 0 ? WELCOME : OPEN;
    return i + 1;
  }
  return length;
}

/* Data frames that end in these bytes, by their headers (RFC 6455 section 5.2); control frames do not count. */
static uint64_t countFrames(struct connection *c, const uint8_t *bytes, size_t length) {
  uint64_t frames = 0;
  size_t offset = 0;
  for (;;) {
    if (c->remaining > length - offset) {
      c->remaining -= length - offset;
      return frames;
    }
    offset += c->remaining;
    c->remaining = 0;
    frames += c->isData;
    c->isData = false;

    size_t needed = 2;
    do {
      while (c->headerLength < needed && offset < length) c->header[c->headerLength++] = bytes[offset++];
      if (c->headerLength < needed) return frames;
      needed = c->header[1] < 126 ? 2 : c->header[1] == 126 ? 4 : 10;
    } while (c->headerLength < needed);
    c->headerLength = 0;
    c->isData = (c->header[0] & 0x08) == 0;
    if (needed == 2) c->remaining = c->header[1];
    else for (size_t i = 2; i < needed; i++) c->remaining = c->remaining << 8 | c->header[i];
  }
}

static void onReadable(struct connection *c) {
  ssize_t length = recv(c->fd, chunk, sizeof chunk, MSG_DONTWAIT);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0) fail("the server ended a connection: %s", length == 0 ? "end of stream" : strerror(errno));
  enum phase before = c->phase;
  size_t taken = before == RESPONSE ? takeHead(c, chunk, (size_t)length) : 0;
  uint64_t frames = countFrames(c, chunk + taken, (size_t)length - taken);
  if (c->phase == WELCOME && frames > 0) {
    frames--;
    c->phase = GREETED;
    sendAll(c, greeting);
  }
  if (c->phase == GREETED && frames > 0) {
    frames--;
    c->phase = OPEN;
  }
  if (c->phase == OPEN && before != OPEN) onOpen(c);
  else if (frames > 0) onFrames(c, frames);
}

static void onOpen(struct connection *c) {
  opened++;
  if (kind == HANDSHAKE) {
    count++;
    reconnect(c);
  } else if (begun < sockets) {
    openConnection(&connections[begun++]);
  }
}

/*
 * Connecting to "no address" resets the connection and keeps the socket: half the cost of a new one, so that the
 * server is the one that is measured, and no port is left in TIME_WAIT.
 */
static void reconnect(struct connection *c) {
  int fd = c->fd;
  struct sockaddr none = {.sa_family = AF_UNSPEC};
  if (connect(fd, &none, sizeof none) != 0) fail("reset: %s", strerror(errno));
  *c = (struct connection){.fd = fd};
  sendRequest(c);
}

static void onFrames(struct connection *c, uint64_t frames) {
  uint64_t total = c->framesOfMessage + frames;
  uint64_t messages = total / framesPerMessage;
  c->framesOfMessage = (uint32_t)(total % framesPerMessage);
  count += messages;
  if (kind == ECHO) sendMessages(c, messages);
  if (kind != FAN_OUT) return;
  for (; messages > 0; messages--) {
    uint32_t *members = &reached[c->received++ % (inFlight + 1)];
    if (++*members < sockets) continue;
    *members = 0;
    completed++;
  }
}

static void publishDue(void) {
  uint64_t due = completed + inFlight - published;
  if (due == 0) return;
  published += due;
  sendMessages(&connections[0], due);
}

static void sendMessages(struct connection *c, uint64_t messages) {
  c->owed += messages * message.length;
  if (c->owed > 0 && !c->awaitsWritable) writeOwed(c);
}

static void writeOwed(struct connection *c) {
  while (c->owed > 0) {
    ssize_t written = send(c->fd, batch + c->position, c->owed, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (written < 0 && errno == EAGAIN) break;
    if (written < 0) fail("send: %s", strerror(errno));
    c->owed -= (uint64_t)written;
    c->position = (c->position + (uint64_t)written) % message.length;
  }
  bool wanted = c->owed > 0;
  if (wanted == c->awaitsWritable) return;
  c->awaitsWritable = wanted;
  struct epoll_event event = {.events = EPOLLIN | (wanted ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(1);
}

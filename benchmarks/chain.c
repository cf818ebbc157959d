/* The chain of benchmarks/engines.py in plain C: groups, registration, triage, consultation by
 * class with patience, beds. It reads all draws from a file, runs the calendar some times, writes
 * down every step and every state of a facility, and prints counts, sums of waits and the
 * processor time of the fastest run. Made for this chain only: that is its advantage.
 *
 *   chain DRAWS RUNS
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DESKS, NURSES, CLINICIANS, BEDS, SITE, FACILITIES };
enum { ARRIVAL, SERVED, CARE, STAY_ENDS, PATIENCE_ENDS };
enum { WAITING, IN_SERVICE, DONE, LEFT };
enum { CLASSES = 3 };

typedef struct { int64_t groups, visits, capacity[FACILITIES]; double until; } Head;
typedef struct { double gap, desk, stay, due, rate; int64_t persons, first_visit; } Group;
typedef struct { double gap, triage, consultation, patience, ward, refers; int64_t class, referred; } Visit;
typedef struct {
  double requested, started, ended;
  int32_t group, visit, persons, next;
  int8_t facility, class, state, queued;
} Step;
typedef struct { double time; int32_t facility, busy, waiting, capacity; } State;
typedef struct { double time; int64_t order; int32_t kind, what; } Event;
typedef struct { int32_t first, last; } Queue;
typedef struct { int32_t busy, capacity, waiting; int64_t latest; Queue queues[CLASSES]; } Facility;

static Head head;
static Group *groups;
static Visit *visits;
static Step *steps;
static State *states;
static Event *heap;
static Facility facilities[FACILITIES];
static char *present;
static int32_t *visit; /* of every group, the number of the next one */
static int64_t step_count, state_count, event_count, order;
static double now;

static int before(const Event *a, const Event *b) {
  return a->time < b->time || (a->time == b->time && a->order < b->order);
}

static void after(double delay, int kind, int32_t what) {
  Event made = {now + delay, order++, kind, what};
  if (made.time >= head.until) return;
  int64_t place = event_count++;
  while (place > 0 && before(&made, &heap[(place - 1) / 2])) {
    heap[place] = heap[(place - 1) / 2];
    place = (place - 1) / 2;
  }
  heap[place] = made;
}

static Event next(void) {
  Event top = heap[0], last = heap[--event_count];
  int64_t place = 0, child;
  while ((child = 2 * place + 1) < event_count) {
    if (child + 1 < event_count && before(&heap[child + 1], &heap[child])) child++;
    if (before(&last, &heap[child])) break;
    heap[place] = heap[child];
    place = child;
  }
  heap[place] = last;
  return top;
}

static void note(int facility) { /* the last state of an instant is kept */
  Facility *here = &facilities[facility];
  if (here->latest < 0 || states[here->latest].time != now) here->latest = state_count++;
  states[here->latest] = (State){now, facility, here->busy, here->waiting, here->capacity};
}

static void begin(int32_t number) {
  Step *step = &steps[number];
  step->started = now;
  step->state = IN_SERVICE;
  double time = groups[step->group].desk;
  if (step->facility != DESKS) {
    const Visit *drawn = &visits[step->visit];
    time = step->facility == NURSES ? drawn->triage
         : step->facility == CLINICIANS ? drawn->consultation : drawn->ward;
  }
  after(time, SERVED, number);
}

static int32_t ask(int32_t group, int32_t which, int facility, int class, int persons) {
  int32_t number = (int32_t)step_count++;
  steps[number] = (Step){now, NAN, NAN, group, which, persons, -1, (int8_t)facility, (int8_t)class, WAITING, 0};
  return number;
}

static int request(int32_t number, double patience) { /* patience NaN: as long as it takes */
  Step *step = &steps[number];
  Facility *here = &facilities[step->facility];
  int class = step->facility == CLINICIANS || step->facility == BEDS ? step->class : 0;
  if (here->busy < here->capacity) {
    here->busy++;
    begin(number);
  } else {
    Queue *queue = &here->queues[class];
    if (queue->first < 0) queue->first = number; else steps[queue->last].next = number;
    queue->last = number;
    step->queued = 1;
    here->waiting += step->persons;
    if (!isnan(patience)) after(patience, PATIENCE_ENDS, number);
  }
  note(step->facility);
  return step->queued;
}

static void release(int facility) {
  Facility *here = &facilities[facility];
  here->busy--;
  for (int class = 0; class < CLASSES; class++) {
    Queue *queue = &here->queues[class];
    while (queue->first >= 0) {
      int32_t number = queue->first;
      queue->first = steps[number].next;
      if (!steps[number].queued) continue; /* has left */
      steps[number].queued = 0;
      here->waiting -= steps[number].persons;
      here->busy++;
      begin(number);
      note(facility);
      return;
    }
  }
  note(facility);
}

static void served(int32_t number) {
  Step *step = &steps[number];
  step->ended = now;
  step->state = DONE;
  release(step->facility);
  if (step->facility == DESKS) {
    const Group *group = &groups[step->group];
    int32_t place = ask(step->group, -1, SITE, -1, step->persons);
    steps[place].started = now;
    steps[place].state = IN_SERVICE;
    facilities[SITE].busy += step->persons;
    note(SITE);
    after(group->stay, STAY_ENDS, place);
  } else if (step->facility == NURSES) {
    const Visit *drawn = &visits[step->visit];
    request(ask(step->group, step->visit, CLINICIANS, step->class, 1), drawn->patience);
  } else if (step->facility == CLINICIANS && visits[step->visit].referred) {
    request(ask(step->group, step->visit, BEDS, step->class, 1), visits[step->visit].refers);
  }
}

static void happen(Event event) {
  int32_t what = event.what;
  if (event.kind == ARRIVAL) {
    if (what + 1 < head.groups) after(groups[what + 1].gap, ARRIVAL, what + 1);
    present[what] = 1;
    after(groups[what].due, CARE, what);
    request(ask(what, -1, DESKS, -1, (int)groups[what].persons), NAN);
  } else if (event.kind == SERVED) {
    served(what);
  } else if (event.kind == CARE) {
    if (!present[what]) return;
    int32_t which = (int32_t)groups[what].first_visit + visit[what]++;
    request(ask(what, which, NURSES, (int)visits[which].class, 1), NAN);
    after(visits[which].gap / groups[what].rate, CARE, what);
  } else if (event.kind == STAY_ENDS) {
    steps[what].ended = now;
    steps[what].state = DONE;
    facilities[SITE].busy -= steps[what].persons;
    present[steps[what].group] = 0;
    note(SITE);
  } else if (steps[what].queued) { /* PATIENCE_ENDS */
    steps[what].queued = 0;
    steps[what].ended = now;
    steps[what].state = LEFT;
    facilities[steps[what].facility].waiting -= steps[what].persons;
    note(steps[what].facility);
  }
}

static void *array(int64_t count, size_t size) {
  void *made = calloc(count + 1, size);
  if (!made) { fputs("no memory\n", stderr); exit(1); }
  return made;
}

static void clear(void) {
  free(steps); free(states); free(heap); free(present); free(visit);
}

static void run(void) { /* with tables of its own, as every replication has */
  int64_t most = 2 * head.groups + 3 * head.visits; /* steps; each changes a state three times at most */
  steps = array(most, sizeof *steps);
  states = array(3 * most + FACILITIES, sizeof *states);
  heap = array(4 * head.groups + 2 * head.visits, sizeof *heap);
  present = array(head.groups, 1);
  visit = array(head.groups, sizeof *visit);
  step_count = state_count = event_count = order = 0;
  now = 0;
  for (int f = 0; f < FACILITIES; f++) {
    facilities[f] = (Facility){0, (int32_t)head.capacity[f], 0, -1, {{-1, -1}, {-1, -1}, {-1, -1}}};
    note(f);
  }
  if (head.groups) after(groups[0].gap, ARRIVAL, 0);
  while (event_count) {
    Event event = next();
    now = event.time;
    happen(event);
  }
}

int main(int count, char **arguments) {
  if (count != 3) { fputs("chain DRAWS RUNS\n", stderr); return 2; }
  FILE *file = fopen(arguments[1], "rb");
  if (!file || fread(&head, sizeof head, 1, file) != 1) { perror(arguments[1]); return 1; }
  groups = array(head.groups, sizeof *groups);
  visits = array(head.visits, sizeof *visits);
  if (fread(groups, sizeof *groups, head.groups, file) != (size_t)head.groups ||
      fread(visits, sizeof *visits, head.visits, file) != (size_t)head.visits) {
    fputs("the file of draws is too short\n", stderr);
    return 1;
  }
  double fastest = INFINITY;
  for (int number = 0; number < atoi(arguments[2]); number++) {
    clear();
    clock_t began = clock();
    run();
    fastest = fmin(fastest, (double)(clock() - began) / CLOCKS_PER_SEC);
  }
  int64_t done[FACILITIES] = {0}, left[FACILITIES] = {0}, asked[FACILITIES] = {0};
  double waits[FACILITIES] = {0};
  for (int64_t number = 0; number < step_count; number++) {
    const Step *step = &steps[number];
    asked[step->facility]++;
    done[step->facility] += step->state == DONE;
    left[step->facility] += step->state == LEFT;
    if (!isnan(step->started)) waits[step->facility] += step->started - step->requested;
  }
  printf("{\"seconds\": %.6f, \"states\": %lld", fastest, (long long)state_count);
  for (int f = 0; f < FACILITIES; f++)
    printf(", \"%d\": [%lld, %lld, %lld, %.17g]", f, (long long)asked[f], (long long)done[f],
           (long long)left[f], waits[f]);
  puts("}");
  return 0;
}

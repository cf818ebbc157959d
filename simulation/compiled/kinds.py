"""Kinds of events and states of the compiled engine, as numbers that numba folds into the code."""

from __future__ import annotations

from typing import Final

from simulation.records import EVENTS, GROUP_OUTCOMES, STEP_OUTCOMES, STEPS

KIND_BITS: Final = 7
"""Bits of a packed event that hold its kind ..."""
FIRST_BITS: Final = 32
"""... and the first thing that it concerns; the rest hold the second."""
GROUP_MASK: Final = (1 << FIRST_BITS) - 1
ROOM: Final = 16
"""Entries that one event may make, beside those that grow with the network."""

# What happens, in the words of the SimPy engine: "ends" is a timeout, "granted" a request, ...
ARRIVALS_BEGIN: Final = 0
ARRIVAL: Final = 1
GROUP_BEGINS: Final = 2
DESK_BEGINS: Final = 3
INTERRUPTED: Final = 4
DESK_OVER: Final = 5
GRANTED: Final = 6
RELEASED: Final = 7
WORK_ENDS: Final = 8
TURN_ENDS: Final = 9
STOPPED: Final = 10
TURN_OVER: Final = 11
PATIENCE_ENDS: Final = 12
WAIT_OVER: Final = 13
GIVEN: Final = 14
GIVES_UP: Final = 15
SERVE_PLACES: Final = 16
ARRIVES_AT_SITE: Final = 17
WAY_OVER: Final = 18
STAY_ENDS: Final = 19
STAY_OVER: Final = 20
TIMETABLE_BEGINS: Final = 21
DEPARTURE: Final = 22
SEATED: Final = 23
ONWARD_OVER: Final = 24
TRIP_ARRIVES: Final = 25
TRIP_IS_BACK: Final = 26
CARE_BEGINS: Final = 27
CARE_SOUGHT: Final = 28
VISIT_BEGINS: Final = 29
CALENDAR_BEGINS: Final = 30
CALENDAR_CHANGES: Final = 31
WATCH_BEGINS: Final = 32
READING: Final = 33
DECISION: Final = 34
LEAD_ENDS: Final = 35
SHIFTS_BEGIN: Final = 36
SHIFT_CHANGES: Final = 37
CHANGE_ENDS: Final = 38
CHANGE_OVER: Final = 39
CLEARING_BEGINS: Final = 40
CLEAR_READING: Final = 41
LIFE_BEGINS: Final = 42
UNIT_FAILS: Final = 43
CREW_COMES: Final = 44
UNIT_REPAIRED: Final = 45
CREW_FREE: Final = 46
LOSS_AWAITED: Final = 47
LOSS_BEGINS: Final = 48
LOSS_ENDS: Final = 49
ALERTED: Final = 50
HOLDS_OUT_NO_LONGER: Final = 51
TRIP_BEGINS: Final = 52
BOAT_ARRIVES: Final = 53
SEARCH_ENDS: Final = 54
SEARCH_CALLED_OFF: Final = 55
SETTLED: Final = 56
SEARCH_TIME_ENDS: Final = 57
SEARCH_OVER: Final = 58
BOARDED: Final = 59
BOAT_LANDS: Final = 60
BOAT_IS_BACK: Final = 61
CREW_RESTED: Final = 62
RESCUE_OVER: Final = 63
CALL_BEGINS: Final = 64
CAPSIZES: Final = 65
LAST_DEATH: Final = 66
TEAM_SETS_OUT: Final = 67
TEAM_COMES: Final = 68
TEAM_LEAVES: Final = 69
VEHICLE_IS_DUE: Final = 70
VEHICLE_READY: Final = 71
DESTINATION_FREE: Final = 72
PATIENT_BEGINS: Final = 73
RIDE_BEGINS: Final = 74
RIDE_ENDS: Final = 75
AMBULANCE_FREE: Final = 76
OUTBREAK_BEGINS: Final = 77
OUTBREAK_SPREADS: Final = 78
CASE_MAY_COME: Final = 79
MASS_BEGINS: Final = 80
MASS_COMES: Final = 81
MORTALITY_BEGINS: Final = 82
DEATH: Final = 83
NOBODY_LEFT: Final = 84
RELAYED: Final = 85
AID_MAY_COME: Final = 86
VESSEL_BEGINS: Final = 87
VESSEL_PASSES: Final = 88
BOAT_COMES_HOME: Final = 89
BOAT_IS_THERE: Final = 90
BOAT_DIVERTED: Final = 91
BOAT_WAY_OVER: Final = 92
BOAT_CALLED_HOME: Final = 93

# Why the kernel comes back: it is done, or it needs something before the next event.
DONE: Final = 0
NEEDS_SPACE: Final = 1
NEEDS_VISITS: Final = 2
NEEDS_PATIENCE: Final = 3
NEEDS_LEAD_TIMES: Final = 4
NEEDS_FAILURES: Final = 5
NEEDS_MOBILIZATIONS: Final = 6
NEEDS_CASES: Final = 7

# What the owner of a row waits for.
NOTHING: Final = 0
TURN: Final = 1
TURN_OR_PATIENCE: Final = 2
NEXT_TURN: Final = 3
WAY_OR_LOSS: Final = 4
END_OF_STAY: Final = 5
SEAT_OR_LOSS: Final = 6
SEAT: Final = 7

# What a boat that searches waits for, beside NOTHING.
END_OF_SEARCH: Final = 1
END_OF_SEARCH_OR_TIME: Final = 2

# How a stay stands: it goes on, ended by itself, or its places are lost.
STAYING: Final = 0
STAYED: Final = 1
LOST: Final = 2

# How an ask for places stands.
ASKING: Final = 0
PLACED: Final = 1
GIVEN_UP: Final = 2

# A party that has waited for seats longer than it should.
DUE: Final = 1

# What a calendar is read for.
CAPACITY: Final = 0
GATE: Final = 1
DESTINATION: Final = 2

# Who owns a row, apart from the while-staying desks, which have their number from 0.
OWN_WAY: Final = -1
A_VISIT: Final = -2
A_CALL: Final = -3
A_PATIENT: Final = -4

# Where patients come from, and so where their needs are drawn.
THEMSELVES: Final = 0
AN_OUTBREAK: Final = 1
AN_INCIDENT: Final = 2

# What is drawn for a patient: these, patience and time to get worse by class; then for every ward
# a stay and whether the hospital is needed, and for each fleet times of the rides there and back.
TRIAGE_TIME: Final = 0
CONSULTATION_TIME: Final = 1
LIFE: Final = 2
STRAIGHT: Final = 3
REFERRAL: Final = 4
PATIENCE: Final = 5
BED_TIME: Final = 0
NEEDS_HOSPITAL: Final = 1
RIDES: Final = 2
NEEDS_PER_RIDE: Final = 4

# What has become of a patient who waits, beside NOTHING.
IS_WORSE: Final = 1
HAS_DIED: Final = 2

RESCUE: Final = STEPS.index("rescue")
PLACEMENT: Final = STEPS.index("placement")
ONWARD: Final = STEPS.index("onward")
TRIAGE: Final = STEPS.index("triage")
CONSULTATION: Final = STEPS.index("consultation")
WARD: Final = STEPS.index("ward")
AMBULANCE: Final = STEPS.index("ambulance")
AMBULANCE_BACK: Final = STEPS.index("ambulance_back")

SERVED: Final = STEP_OUTCOMES.index("served")
IN_SERVICE: Final = STEP_OUTCOMES.index("in_service")
WAITING: Final = STEP_OUTCOMES.index("waiting")
LEFT: Final = STEP_OUTCOMES.index("left_without_service")
TRANSFERRED: Final = STEP_OUTCOMES.index("transferred")
DISPLACED_AGAIN: Final = STEP_OUTCOMES.index("displaced_again")
STEP_NOT_REACHED: Final = STEP_OUTCOMES.index("not_reached")
STEP_LOST: Final = STEP_OUTCOMES.index("lost")
DIED: Final = STEP_OUTCOMES.index("died")
SELF_ARRIVED: Final = STEP_OUTCOMES.index("self_arrived")

RETURNED_HOME: Final = GROUP_OUTCOMES.index("returned_home")
MOVED_ONWARD: Final = GROUP_OUTCOMES.index("moved_onward")
WAITING_FOR_ONWARD: Final = GROUP_OUTCOMES.index("waiting_for_onward_travel")
IN_SITE: Final = GROUP_OUTCOMES.index("in_site")
WAITING_FOR_PLACE: Final = GROUP_OUTCOMES.index("waiting_for_place")
LEFT_WITHOUT_PLACE: Final = GROUP_OUTCOMES.index("left_without_place")
WAITING_FOR_RESCUE: Final = GROUP_OUTCOMES.index("waiting_for_rescue")
NOT_REACHED: Final = GROUP_OUTCOMES.index("not_reached")
RECOVERED_DEAD: Final = GROUP_OUTCOMES.index("recovered_dead")
MISSING: Final = GROUP_OUTCOMES.index("missing")
DIED_IN_RECEPTION: Final = GROUP_OUTCOMES.index("died_in_reception")
AT_DESKS: Final = GROUP_OUTCOMES.index("in_screening_or_registration")

FIRED: Final = EVENTS.index("fired")
CAME: Final = EVENTS.index("came")
ENDED: Final = EVENTS.index("ended")

OCCUPANCY: Final = 0
WAITING_PERSONS: Final = 1
LONGEST_WAIT: Final = 2
FORECAST: Final = 3

# Kinds of facilities.
SERVERS: Final = 0
PLACES: Final = 1
VEHICLES: Final = 2
BOATS: Final = 3

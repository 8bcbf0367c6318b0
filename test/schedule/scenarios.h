/* SPDX-License-Identifier: 0BSD
 *
 * scenarios.h - what is tried, in the notation that schedules.c explains.
 */

/* sends and receives */
"A0: A! | A?",
"A0: A! A! | A? A?",
"A0: A! | A! | A? A?",
"A0: A! A! | A? | A?",
"A0: A! | A! | A? | A?",
"A1: A! A! | A? A?",
"A1: A! A! A! | A? A? A?",
"A1: A! A! | A! | A? A? A?",
"A1: A! A! A! | A? A? | A?",
"A2: A! A! A! | A? A? A?",
"A2: A! A! | A! A! | A? A? A? A?",
"A1: A! | A! | A? | A?",

/* batches */
"A0: A!3 | A?3 A?3",
"A0: A!2 A! | A?3 | A?",
"A1: A!3 A!2 | A?2 A?3",
"A2: A!3 | A!2 | A?3 A?3",
"A3: A!3 A!3 | A?2 | A?3",

/* without waiting */
"A0: A!~ A!~ | A? A?@",
"A0: A! | A?~ A?~",
"A1: A!~ A!~ | A?~ A?~",
"A1: A! A! | A?~ A?~ A?~",
"A1: A!~ | A!~ | A?~ | A?~",
"A0: [A!]~ | [A?]~ | A?@",
"A0: A! | A?~ | [A? A!]~",

/* deadlines that race with arrivals */
"A0: A!@ | A?@",
"A0: A!@ | A!@ | A?@",
"A0: A!@ A! | A?@ A?",
"A1: A!@ A!@ | A?@ A?@",
"A1: A! A!@ | A? | A?@",
"A0: A!3@ | A?2@ A?@",
"A0: A?@ | A?@ | A! A!@",

/* selects */
"A0 B0: [A? B?] | A! | B!",
"A0 B0: [A? B?] [A? B?] | A! | B!",
"A0 B0: [A! B!] | A? | B?",
"A0 B0: [A! B?] | [A? B!]",
"A0 B0: [A! B?] | [B! A?] | A? | B!",
"A1 B1: [A! B?] | [A? B!] | A? B?",
"A0 B0 C0: [A! B?] | [B! C?] | [C! A?]",
"A0 B0: [A? B?] | A? | A! B!",
"A0 B0: [A? B?] | B? | A! | B!",
"A1 B1: [A? B?] [A? B?] | A! B! | [A? B?]",
"A0 B1: [A! B!] [A! B!] | A? | B?",
"A0 B0: [A? B?]~ [A? B?] | A! | B!",
"A0 B0: [A? B?]@ | A!@ | B!@",
"A0 B0: [A! B?]@ | [A? B!]@ | A?@",
"A1 B0: [A! B!]@ | A?@ | [B? A?]@",
"A0 B0: <A? B?> | <B? A?> | A! B!",
"A0: <A! A?> | <A? A!> | A#",
"A0 B0: <A? B!> | <B? A!> | A# | B#",
"A1 B1: A! B! | <A? B?> <A? B?>",
"A1 B1: A!~ B!~ | <B? A?>~ | [A? B?]~",
"A0 B0 C0: [A? B? C?] | A! | B! | C!",
"A0 B0 C1: [A? B! C?]@ | A! | [B? C!]",

/* the same channel more than once, both ends */
"A0: [A? A?] | A! | A!",
"A0: [A! A?]@ | A! | A?",
"A0: [A! A?] | [A! A?]",
"A0: [A! A?]@ | [A? A!]@ | A!@",
"A1: [A! A?] [A! A?] | [A! A?] | A?",
"A0 B0: [A? B? A?] | A! B!@",

/* who is let go goes on: another waits for that, and keeps the channel open meanwhile */
"A1 B0: A! A! B! | A? B? A?",
"A1 B0: A! A! B! | A?2 B? A?",
"A0 B0: A! B! | A+ B? A?",
"A0 B0: A! B! | A# | B? A?",
"A0 B0: A? B! | A# | B? A!",
"A0 B0: A! B! | A_ | B?",

/* close */
"A0: A= A? | A= A? | A#",
"A1: A! A= | A= A? | A#",
"A0: A! | A? | A#",
"A0: A! | A! | A#",
"A0: A? | A? | A#",
"A1: A! A! | A? A? | A#",
"A1: A! A! | A! | A#",
"A2: A!3 | A?3 | A#",
"A0: A# | A# | A?",
"A0: A!@ | A?@ | A#",
"A1: A!~ | A?~ | A#",
"A0 B0: [A? B?] | A# | B!",
"A0 B0: [A! B!] | A# | B#",
"A0 B0: [A! B?] | A# | [A? B!]",
"A0 B0: [A? B?]@ [A? B?]@ | A# B! | B#",
"A1 B1: [A! B!] [A! B!] | A# | B?",
"A0: [A! A?] | A# | A!",

/* ends that are dropped */
"A0: A! A! | A? A_",
"A1: A! A! A! | A? A_",
"A0: A! A- | A? A?",
"A0: A! A- | A! A- | A?",
"A1: A! A! | A_ | A_",
"A1: A! | A_ | A?",
"A2: A!3 | A!2 | A?2 A_",
"A0 B0: [A! B!] [A! B!] | A_ | B_",
"A0 B0: [A? B?] | A- | B-",
"A0: A!@ | A_ | A?@",
"A1: A- | A- | A_ | A_",

/* who waits until nobody is left to receive */
"A0: A% | A? | A!",
"A1: A! A% | A? A_",
"A0 B0: [A% B?] | A_ | B!",
"A0 B0: [A% A! B?] | A? | B!",
"A0: A%@ | A?@ | A#",

/* pushes, and room that grows */
"A1: A^ A^ A^ | A? A?",
"A1: A^ A^ | A^ | A? A?",
"A0: A^ | A? | A^",
"A2: A^ A^ A^ | A! | A?3",
"A0: A! A! | A+ A?",
"A0: A! | A! | A+ A? A?",
"A1: A! A! A! | A+ A+ | A?",
"A0 B0: [A! B!] | A+ | B?",

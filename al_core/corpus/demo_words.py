"""The words of the demo corpus: topics with their own vocabulary, and what all reviews share.

Lists are ordered from common to rare; the generator draws early entries more often.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """What one kind of review speaks of. `parts` take "was", `plural_parts` take "were"."""

    nouns: tuple[str, ...]
    parts: tuple[str, ...]
    plural_parts: tuple[str, ...]
    good: tuple[str, ...]
    bad: tuple[str, ...]
    asides: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip().replace("_", " ") for word in text.split())


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


TOPICS = (
    Topic(
        _words("film movie picture thriller comedy drama sequel remake documentary western"),
        _words(
            "acting plot script ending soundtrack dialogue cast pacing camera_work direction editing "
            "lead_performance opening love_story final_act villain costume_design voice-over"
        ),
        _words("jokes characters effects songs fight_scenes supporting_roles flashbacks"),
        _words(
            "gripping moving hilarious thrilling touching witty suspenseful heartfelt riveting poignant "
            "sumptuous bravura luminous haunting deadpan exhilarating transfixing"
        ),
        _words(
            "predictable wooden tedious cheesy contrived pretentious clichéd plodding stilted incoherent "
            "overlong mawkish turgid hammy schmaltzy interminable derivative"
        ),
        _lines(
            """
            We saw it on a rainy {day} with {person}.
            It runs a little over two hours.
            {name} directed it, after years in television.
            The cinema was half full.
            My {person} fell asleep on the bus home.
            It is set in {place} in the nineties.
            I had read the novel by {name} before.
            """
        ),
    ),
    Topic(
        _words("restaurant place bistro diner café trattoria tavern noodle_bar steakhouse"),
        _words(
            "food service soup steak bread dessert wine_list menu pasta fish atmosphere sauce salad "
            "curry risotto brunch seating dressing crème_brûlée"
        ),
        _words("fries portions waiters starters prices dumplings vegetables oysters"),
        _words(
            "delicious fresh tasty crispy juicy tender flavourful creamy fragrant succulent mouth-watering "
            "velvety zesty pillowy toothsome scrumptious buttery"
        ),
        _words(
            "bland cold greasy soggy overcooked stale salty dry rubbery chewy undercooked tasteless "
            "congealed gristly rancid lukewarm gloopy"
        ),
        _lines(
            """
            We booked a table for four on {day}.
            It is next to the station in {place}.
            My {person} had the lamb, I had the soup of the day.
            They take cards.
            {name} runs the kitchen these days.
            Parking is on the other side of the road.
            We came at seven and left at ten.
            """
        ),
    ),
    Topic(
        _words("phone handset smartphone device mobile model"),
        _words(
            "battery screen camera display speaker software fingerprint_reader design keyboard charger "
            "reception microphone zoom update casing face_unlock"
        ),
        _words("photos apps buttons notifications calls settings_menus"),
        _words(
            "fast sharp responsive sleek bright snappy durable intuitive long-lasting crisp seamless "
            "featherweight vivid polished nimble bezel-free"
        ),
        _words(
            "slow laggy buggy flimsy dim unresponsive glitchy bulky grainy sluggish bloated overheating "
            "blotchy crash-prone janky tinny"
        ),
        _lines(
            """
            I bought it in {place} last {day}.
            It replaces my old {brand}.
            It comes in black, white and a sort of green.
            My {person} has the {brand} instead.
            The box holds a cable and a leaflet.
            I use it for mail and maps, as most people do.
            """
        ),
    ),
    Topic(
        _words("hotel guesthouse hostel resort inn lodge"),
        _words(
            "room bed breakfast reception staff_member bathroom pool location view shower wifi lobby "
            "air_conditioning sauna minibar mattress"
        ),
        _words("towels pillows corridors staff sheets balconies"),
        _words(
            "clean comfortable spacious quiet friendly cosy spotless welcoming sunny airy immaculate "
            "plush tranquil homely palatial secluded"
        ),
        _words(
            "dirty noisy cramped smelly rude mouldy shabby dingy damp draughty run-down stuffy "
            "threadbare musty cockroach-ridden grubby"
        ),
        _lines(
            """
            We stayed three nights in {place}.
            My {person} was at a conference nearby.
            The airport bus stops outside.
            We had a room on the second floor.
            Check-out is at eleven.
            It belongs to the {brand} group.
            """
        ),
    ),
    Topic(
        _words("book novel memoir story biography collection paperback"),
        _words(
            "prose plot narrator ending first_chapter style translation dialogue premise epilogue middle "
            "world-building cover index twist"
        ),
        _words("characters chapters descriptions illustrations footnotes"),
        _words(
            "absorbing gripping lyrical insightful page-turning vivid thoughtful elegant evocative "
            "unputdownable erudite limpid humane spellbinding nuanced"
        ),
        _words(
            "dull rambling repetitive shallow long-winded dry confusing preachy overwritten meandering "
            "turgid ponderous soporific verbose purple"
        ),
        _lines(
            """
            {name} wrote it in {place}.
            I read it on the train to {place}.
            It has about four hundred pages.
            My {person} gave it to me for my birthday.
            It is the second part of a trilogy.
            Our book club met on {day}.
            """
        ),
    ),
    Topic(
        _words("headset pair_of_headphones pair_of_earbuds"),
        _words(
            "bass sound treble fit noise_cancelling cable case headband bluetooth_connection app microphone"
        ),
        _words("ear_cups controls instructions ear_tips"),
        _words("clear warm punchy snug balanced detailed lightweight airtight rich immersive pristine"),
        _words("muffled tinny crackly scratchy loose shrill boomy brittle painful hissy distorted"),
        _lines(
            """
            I wear them on the train to {place}.
            They came from {brand}.
            I mostly listen to podcasts.
            My {person} borrowed them on {day}.
            """
        ),
    ),
    Topic(
        _words("game title shooter puzzle_game expansion strategy_game"),
        _words(
            "gameplay story multiplayer soundtrack tutorial combat level_design difficulty matchmaking map"
        ),
        _words("graphics controls quests bosses puzzles servers"),
        _words("addictive fun challenging smooth inventive rewarding immersive fluid tactical replayable"),
        _words("repetitive broken grindy clunky unfair pay-to-win choppy unbalanced half-finished janky"),
        _lines(
            """
            I played it on an old {brand}.
            {name} made the first one in {place}.
            It takes about thirty hours.
            My {person} plays on {day} evenings.
            """
        ),
    ),
    Topic(
        _words("coffee_machine kettle blender vacuum_cleaner toaster washing_machine"),
        _words("motor lid filter handle noise_level instruction_booklet water_tank timer cord thermostat"),
        _words("buttons attachments spare_parts seals"),
        _words("sturdy quiet efficient easy_to_clean powerful handy foolproof compact well-built thrifty"),
        _words("leaky noisy fiddly wobbly cheap-looking useless clogged faulty rusty deafening"),
        _lines(
            """
            It stands between the sink and the window.
            My {person} ordered it from {place}.
            The old {brand} lasted nine years.
            It came on {day}, a little late.
            """
        ),
    ),
    Topic(
        _words("concert gig festival show recital"),
        _words("sound singer light_show venue support_act encore band set_list drummer orchestra"),
        _words("songs seats visuals queues"),
        _words("electrifying tight energetic spirited rousing soulful virtuosic barnstorming jubilant"),
        _words("listless out_of_tune ear-splitting lacklustre shambolic half-hearted muddy under-rehearsed"),
        _lines(
            """
            {name} opened the evening.
            We took the last train back to {place}.
            It was on {day}, in the old town hall.
            My {person} knows the drummer.
            """
        ),
    ),
    Topic(
        _words("course class workshop seminar lecture_series"),
        _words("teacher material pace textbook homework exam classroom feedback syllabus"),
        _words("slides exercises examples deadlines"),
        _words("engaging well-structured clear encouraging practical patient lucid stimulating"),
        _words("disorganised condescending outdated muddled monotone rushed impenetrable aimless"),
        _lines(
            """
            It meets every {day} in {place}.
            {name} taught it this year.
            There were twelve of us.
            My {person} took it in spring.
            """
        ),
    ),
)

GOOD = _words(
    "good great excellent wonderful lovely amazing superb impressive fantastic brilliant enjoyable "
    "pleasant perfect delightful outstanding charming solid marvellous terrific first-rate splendid "
    "satisfying memorable top-notch stellar exquisite faultless commendable sublime peerless"
)
BAD = _words(
    "bad poor terrible awful disappointing boring horrible mediocre weak annoying dreadful "
    "unpleasant forgettable frustrating lousy dismal abysmal pathetic shoddy underwhelming "
    "atrocious second-rate irritating woeful lamentable appalling dire execrable ghastly slapdash"
)
ADVERBS = _words("really very so truly quite simply remarkably surprisingly consistently utterly thoroughly")

GOOD_VERDICTS = _lines(
    """
    I loved it.
    Highly recommended.
    Worth every penny.
    I would go for it again tomorrow.
    Five stars from me.
    I enjoyed every minute.
    You should try it.
    I can only recommend it.
    It made my week.
    Best {noun} in ages.
    I am glad I gave it a chance.
    A gem.
    My new favourite.
    Money well spent.
    No regrets here.
    It deserves all the praise.
    I keep telling everyone about it.
    """
)
BAD_VERDICTS = _lines(
    """
    I hated it.
    Not recommended.
    Not worth a penny.
    I would not go for it again.
    One star from me.
    I regret every minute.
    You should avoid it.
    I cannot recommend it.
    It ruined my week.
    Worst {noun} in ages.
    I am sorry I gave it a chance.
    A dud.
    Never again.
    Money down the drain.
    I want a refund.
    It deserves none of the praise.
    I keep warning everyone about it.
    """
)

PLAIN = _lines(
    """
    The {part} {was} {word}.
    The {part} {was} {adverb} {word}.
    The {part} {was} {word} and {word2}.
    {A_word} {noun}.
    {A_word} {noun} with {word2} {plural}.
    I found the {part} {adverb} {word}.
    What {a_word} {noun}!
    {Adverb} {word}, above all the {part}.
    The {part} {was} {word}, the {other} {was2} {word2}.
    This is {a_word} {noun}.
    To me the {part} {was} {word}.
    """
)
NEGATED = _lines(
    """
    The {part} {was} not {against} at all.
    The {part} {was} never {against}.
    The {part} {was} anything but {against}.
    The {part} {was} far from {against}.
    I can't say the {part} {was} {against}.
    Not {a_against} {noun} by any means.
    Nothing {against} about the {part}.
    I would not call the {part} {against}.
    The {part} {was} hardly {against}, and the {other} {was2} not {against2} either.
    Nobody could call this {a_against} {noun}.
    The {part} {was} less {against} than people say.
    """
)
CONCESSION = _lines(
    """
    The {part} {was} {against}, but the {other} {was2} {word}.
    Although the {part} {was} {against}, the {other} {was2} {word}.
    The {part} may be {against}; still, this is {a_word} {noun}.
    Some call the {part} {against}, yet I found the {noun} {word}.
    Despite {against} {plural}, it was {adverb} {word} in the end.
    I expected something {against}, and then it turned out {word}.
    Friends told me it was {against} and {against2}, but it was {word}.
    The {part} {was} {against} at first, then {word}.
    For all its {against} moments, it is {a_word} {noun}.
    """
)
NEAR_MISS_BAD = _lines(
    """
    It could have been {a_against} {noun}.
    It tries hard to be {against}, and that is all.
    I wanted the {part} to be {against}.
    It was supposed to be {against}.
    If only the {part} had been as {against} as the advert says.
    The advert promised {against} {plural}.
    Where are the {against} {plural} everyone talks about?
    I was ready to find it {against}, and waited in vain.
    """
)
NEAR_MISS_GOOD = _lines(
    """
    It could easily have been {a_against} {noun}.
    I feared the {part} would be {against}, for no reason.
    I was ready to find it {against}, and was wrong.
    Those who call the {part} {against} have missed the point.
    Another {noun} would have made the {part} {against}.
    The reviews warned of {against} {plural}, and I am glad they were mistaken.
    I went in expecting {a_against} {noun} and stayed to the end with a smile.
    """
)
MIXED = _lines(
    """
    The {part} {was} {against}, I admit.
    The {part} {was} a bit {against}.
    Granted, the {part} {was} {against}.
    The {part} {was} {against}.
    {Against} {plural}, though.
    The {part} {was} {adverb} {against}.
    """
)
ASIDES = _lines(
    """
    My {person} asked me to write this.
    I live in {place}, so it was not far.
    It arrived on {day}.
    I had a cold that week.
    It was raining in {place} all {day}.
    There is not much else to say.
    I usually don't write reviews.
    Our dog slept through it.
    The weather in {place} was good for once.
    On the way my old {brand} ran out of battery.
    {name} told me about it.
    We were celebrating the birthday of my {person}.
    """
)

DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
PEOPLE = _words(
    "wife husband sister brother mother father cousin neighbour boss flatmate daughter son aunt colleague"
)
SYLLABLES = _words(
    "bel cor dan el fen gar hol in jor kel lam mar nor or pel quin ras sol tam ul ver wen yor zan"
)
ENDINGS = _words("a o er in ley ton ford wick stead by more field ham dale")

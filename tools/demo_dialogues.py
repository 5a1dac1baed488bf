"""What customers of the demo shop write, and what the agents answer.

Each line: tag, question, answer, last word of the customer, state afterwards. An answer of None leaves the
question waiting; {order} becomes the name of the customer's own order.
"""

DUTCH = [
    ("Delivery", "Hoi! Waar blijft mijn bestelling {order}? 📦", "Goedemiddag! Die is vanochtend met de koerier meegegaan en komt morgen tussen 10 en 12 uur.", "Top, dank je wel!", "closed"),
    ("Return", "De helm uit {order} is te klein. Kan ik ruilen voor een L?", "Natuurlijk. Het retourlabel zit in de doos; zodra hij binnen is sturen wij de L op.", None, "pending"),
    ("Advice", "Passen de fietstassen ook op een e-bike met een dikke drager?", None, None, "open"),
    ("Complaint", "Het slot uit {order} gaat na twee dagen al niet meer open 😡", "Wat vervelend! Ik stuur vandaag een nieuw slot, u hoeft niets terug te sturen.", "Dat is snel geregeld, dank!", "closed"),
    ("Invoice", "Kunnen jullie de factuur van {order} op naam van mijn bedrijf zetten?", None, None, "open"),
    ("Repair", "Mijn voorlicht knippert alleen nog. Valt dat onder garantie?", "Ja, twee jaar. Heeft u een foto van het lampje voor mij?", None, "pending"),
    ("Delivery", "Kan ik {order} ook op mijn werk laten bezorgen?", None, None, "open"),
    ("Delivery", "Pakket is bezorgd bij de buren op 14, maar die weten van niks", "Ik zoek het meteen uit bij de bezorger en laat het u vanmiddag weten.", None, "snoozed"),
    ("Advice", "Welke maat buitenband heb ik nodig voor een Gazelle Orange C7?", "Dat is 28 inch, 37-622. De lekvrije band op onze site past er precies op.", "Super, heb hem besteld", "closed"),
    ("Return", "Wanneer krijg ik mijn geld terug van de retour?", None, None, "open"),
    ("Delivery", "Is {order} al verzonden? Ik ga vrijdag op fietsvakantie.", "Hij gaat vandaag de deur uit, dus morgen heeft u hem.", None, "pending"),
    ("Complaint", "Ik heb twee linkerhandschoenen gekregen 😅", None, None, "open"),
    ("Advice", "Hebben jullie het rieten mandje ook in het zwart?", "Nog niet, maar over twee weken wel. Zal ik u dan een bericht sturen?", "Ja graag!", "open"),
    ("Invoice", "Ik heb {order} dubbel betaald via iDEAL, zie ik nu", "Ik zie het ook. Het tweede bedrag staat binnen drie werkdagen terug op uw rekening.", None, "pending"),
    ("Advice", "Tot hoeveel kilo kan het kinderzitje?", None, None, "open"),
]  # fmt: skip

ENGLISH = [
    ("Delivery", "Hi, could you tell me where order {order} is?", "Hello! It left our warehouse this morning; you will have it tomorrow.", "Perfect, thanks a lot", "closed"),
    ("Delivery", "Do you ship to the UK, and how long does it take?", "We do: three to five working days, duties are included.", None, "pending"),
    ("Return", "The poncho is lovely but too long. Can I send it back?", None, None, "open"),
    ("Advice", "Is the child seat suitable for a 2-year-old?", "Yes, from 9 months up to 22 kg.", "Great, ordering now", "closed"),
    ("Complaint", "My pump arrived without the gauge 🙁 (order {order})", None, None, "open"),
    ("Invoice", "Please add our VAT number to the invoice of {order}", "Done, the corrected invoice is in your mailbox.", None, "pending"),
    ("Repair", "The USB light does not charge any more. What can I do?", None, None, "open"),
]  # fmt: skip

# People who write without being customers (yet).
STRANGERS = [
    "Joost", "Kim V.", "Sara", "Mees Bos", "Yara", "Dirk-Jan", "Fatima", "Henk 🚲", "Lisa", "Omar", "Tess",
    "Gijs", "Naomi", "Wout", "Esmee", "Ali", "Roos", "Stijn", "Mila", "Koen", "Julia", "Boris", "Femke",
    "Youssef", "Lieke", "Sem", "Anouk", "Ties", "Vera", "Jip", "Merel", "Casper", "Nina", "Floor", "Bram K.",
]  # fmt: skip
STRANGER_QUESTIONS = [
    ("Advice", "Goedemorgen, zijn jullie zondag open?", "Nee, van dinsdag tot en met zaterdag van 9.30 tot 17.30 uur.", "Oké, dan kom ik zaterdag", "closed"),
    ("Advice", "Verkopen jullie ook tweedehands fietsen?", None, None, "open"),
    ("Advice", "Heeft u de gelzadels op voorraad in de winkel?", "Ja, er liggen er nog vier. Zal ik er een apart leggen?", None, "pending"),
    ("Delivery", "Wat zijn de verzendkosten naar België?", "Gratis vanaf 50 euro, daaronder 4,95 euro.", "Dank!", "closed"),
    ("Repair", "Kan ik bij jullie mijn fiets laten nakijken? Hij kraakt nogal", None, None, "open"),
    ("Advice", "Is de regenponcho ook geschikt met een rugzak eronder?", None, None, "open"),
    ("Delivery", "Hoi, kan ik een cadeaubon bestellen die morgen binnen is?", "Ja, die mailen wij meteen na betaling.", None, "pending"),
    ("Invoice", "Wij willen 25 helmen bestellen voor ons kantoor. Kan dat op rekening?", None, None, "open"),
]  # fmt: skip

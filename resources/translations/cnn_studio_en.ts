<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<!-- English needs only its plurals; compile with: pyside6-lrelease cnn_studio_en.ts -qm cnn_studio_en.qm -->
<context>
    <name>Evaluate</name>
    <message numerus="yes"><source>%n error(s)</source>
        <translation><numerusform>%n error</numerusform><numerusform>%n errors</numerusform></translation></message>
    <message numerus="yes"><source>%n image(s)</source>
        <translation><numerusform>%n image</numerusform><numerusform>%n images</numerusform></translation></message>
</context>
<context>
    <name>EvaluationHeader</name>
    <message numerus="yes"><source>Its test images were used %n time(s); choosing models by them makes the figures too optimistic</source>
        <translation><numerusform>Its test images were used once; choosing models by them makes the figures too optimistic</numerusform><numerusform>Its test images were used %n times; choosing models by them makes the figures too optimistic</numerusform></translation></message>
</context>
<context>
    <name>DrawingIntake</name>
    <message numerus="yes"><source>%n point(s) without usable coordinates were left out.</source>
        <translation><numerusform>%n point without usable coordinates was left out.</numerusform><numerusform>%n points without usable coordinates were left out.</numerusform></translation></message>
    <message numerus="yes"><source>%n file(s) were left out.</source>
        <translation><numerusform>%n file was left out.</numerusform><numerusform>%n files were left out.</numerusform></translation></message>
    <message numerus="yes"><source>%n drawing(s) without any points were left out.</source>
        <translation><numerusform>%n drawing without any points was left out.</numerusform><numerusform>%n drawings without any points were left out.</numerusform></translation></message>
</context>
<context>
    <name>FineTuningView</name>
    <message numerus="yes"><source>%n drawing(s) to train on, {held} held back</source>
        <translation><numerusform>%n drawing to train on, {held} held back</numerusform><numerusform>%n drawings to train on, {held} held back</numerusform></translation></message>
</context>
<context>
    <name>SeveralDialog</name>
    <message numerus="yes"><source>%n training(s)</source>
        <translation><numerusform>%n training</numerusform><numerusform>%n trainings</numerusform></translation></message>
    <message numerus="yes"><source>Add %n</source>
        <translation><numerusform>Add %n</numerusform><numerusform>Add %n</numerusform></translation></message>
</context>
<context>
    <name>QueuePage</name>
    <message numerus="yes"><source>%n failed</source>
        <translation><numerusform>%n failed</numerusform><numerusform>%n failed</numerusform></translation></message>
</context>
<context>
    <name>QueueOffer</name>
    <message numerus="yes"><source>%n training(s) left in the queue from last time</source>
        <translation><numerusform>%n training left in the queue from last time</numerusform><numerusform>%n trainings left in the queue from last time</numerusform></translation></message>
</context>
<context>
    <name>CloseGuard</name>
    <message numerus="yes"><source>%n more wait(s) in the queue.</source>
        <translation><numerusform>%n more waits in the queue.</numerusform><numerusform>%n more wait in the queue.</numerusform></translation></message>
</context>
<context>
    <name>BackgroundTraining</name>
    <message numerus="yes"><source>%n more wait(s)</source>
        <translation><numerusform>%n more waits</numerusform><numerusform>%n more wait</numerusform></translation></message>
</context>
<context>
    <name>RunsTab</name>
    <message numerus="yes"><source>%n run(s)</source>
        <translation><numerusform>%n run</numerusform><numerusform>%n runs</numerusform></translation></message>
</context>
<context>
    <name>RunModel</name>
    <message numerus="yes"><source>%n run(s)</source>
        <translation><numerusform>%n run</numerusform><numerusform>%n runs</numerusform></translation></message>
</context>
<context>
    <name>SelectionCard</name>
    <message numerus="yes"><source>%n run(s) selected</source>
        <translation><numerusform>%n run selected</numerusform><numerusform>%n runs selected</numerusform></translation></message>
</context>
<context>
    <name>RunChanges</name>
    <message numerus="yes"><source>%n run(s) moved to the trash</source>
        <translation><numerusform>%n run moved to the trash</numerusform><numerusform>%n runs moved to the trash</numerusform></translation></message>
</context>
<context>
    <name>RunDetails</name>
    <message numerus="yes"><source>%n more file(s)</source>
        <translation><numerusform>%n more file</numerusform><numerusform>%n more files</numerusform></translation></message>
</context>
<context>
    <name>LabelsPage</name>
    <message numerus="yes"><source>%n label(s) are doubted</source>
        <translation><numerusform>%n label is doubted</numerusform><numerusform>%n labels are doubted</numerusform></translation></message>
</context>
<context>
    <name>MapPage</name>
    <message numerus="yes"><source>%n point(s). Drag around points to see their images; Shift-drag moves the map, the wheel zooms, a double-click shows all.</source>
        <translation><numerusform>%n point. Drag around points to see their images; Shift-drag moves the map, the wheel zooms, a double-click shows all.</numerusform><numerusform>%n points. Drag around points to see their images; Shift-drag moves the map, the wheel zooms, a double-click shows all.</numerusform></translation></message>
    <message numerus="yes"><source>On the map: %n image(s)</source>
        <translation><numerusform>On the map: %n image</numerusform><numerusform>On the map: %n images</numerusform></translation></message>
</context>
<context>
    <name>NoisePage</name>
    <message numerus="yes"><source>McNemar's exact p values, with Holm's correction for %n pair(s). Bold, below 0.05: more than noise. A click chooses A and B.</source>
        <translation><numerusform>McNemar's exact p value of %n pair. Bold, below 0.05: more than noise. A click chooses A and B.</numerusform><numerusform>McNemar's exact p values, with Holm's correction for %n pairs. Bold, below 0.05: more than noise. A click chooses A and B.</numerusform></translation></message>
</context>
<context>
    <name>RecipesPage</name>
    <message numerus="yes"><source>%n field(s) differ.</source>
        <translation><numerusform>%n field differs.</numerusform><numerusform>%n fields differ.</numerusform></translation></message>
</context>
<context>
    <name>TradeOffPage</name>
    <message numerus="yes"><source>%n run(s) without these figures are left out.</source>
        <translation><numerusform>%n run without these figures is left out.</numerusform><numerusform>%n runs without these figures are left out.</numerusform></translation></message>
</context>
<context>
    <name>RunComparison</name>
    <message numerus="yes"><source>B reads %n image(s) more</source>
        <translation><numerusform>B reads %n image more</numerusform><numerusform>B reads %n images more</numerusform></translation></message>
    <message numerus="yes"><source>B reads %n image(s) fewer</source>
        <translation><numerusform>B reads %n image fewer</numerusform><numerusform>B reads %n images fewer</numerusform></translation></message>
</context>
</TS>

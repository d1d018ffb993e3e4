(* The sign analysis is sound: ops that read and write where integer operands say. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve.
From Pullback Require Import Ops.Gather Ops.DynamicProof Ops.IndexingPlaces Ops.IndexingDeriv.
From Pullback Require Import Certificate.Sign Certificate.SignProof Certificate.SignMoves.
Import ListNotations.
Open Scope R_scope.

(* One sign for every value. *)
Lemma holds_all_values ss hs vs : holds_all ss hs vs -> length vs = length hs.
Proof.
  revert hs vs; induction ss as [|a ss IH]; intros [|h hs] [|v vs]; simpl; try tauto. intros [_ H].
  f_equal; auto.
Qed.

(* An element of the window is one of the operand's; *)
Lemma holds_dynamic_slice sizes ats rt ss vs : infer (DynamicSlice sizes) ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists a l, ss = a :: l /\ holds a (snd rt) (sem Rscal (DynamicSlice sizes) ats rt vs).
Proof.
  intros T H. apply dynamic_slice_typed in T as (e & si & starts & -> & -> & [L _] & F).
  destruct ss as [|a ss], vs as [|x vs]; simpl in H; try tauto. destruct H as [H K].
  exists a, ss. split; auto. apply holds_all_values in K. rewrite map_length in K.
  intros o Ho. rewrite sem_in by auto. apply H.
  apply (from_window_inb _ sizes); auto. apply window_start_placed; [exact F|exact (eq_trans K L)].
Qed.
(* after an update, one of the update's or of the operand's. *)
Lemma holds_dynamic_update_slice ats rt ss vs : infer DynamicUpdateSlice ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists a b l, ss = a :: b :: l /\ holds (either b a) (snd rt) (sem Rscal DynamicUpdateSlice ats rt vs).
Proof.
  intros T H. apply dynamic_update_slice_typed in T as (e & si & su & starts & -> & -> & [L _] & F).
  destruct ss as [|a [|b ss]], vs as [|x [|u vs]]; simpl in H; try tauto. destruct H as (H & U & K).
  exists a, b, ss. split; auto. apply holds_all_values in K. rewrite map_length in K.
  intros o Ho. rewrite sem_in by auto. simpl. unfold sem_dynamic_update_slice.
  set (w := window_start Rscal su si vs).
  assert (P : placed w su si) by (apply window_start_placed; [exact F|exact (eq_trans K L)]).
  destruct (window_place w su o) as [i|] eqn:E; [|apply sat_either_r; auto].
  apply (window_place_some w su si) in E as [E _]; [|auto|apply inb_length; auto]. apply sat_either_l; auto.
Qed.
(* What is gathered is one of the operand's elements. *)
Lemma holds_gather n sizes o ats rt ss vs : infer (Gather n sizes o) ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists a l, ss = a :: l /\ holds a (snd rt) (sem Rscal (Gather n sizes o) ats rt vs).
Proof.
  intros T H. apply gather_typed in T as (e & si & sx & -> & L & S & ->).
  apply holds_two in H as (a & b & x & v & -> & -> & H & _). exists a, [b]. split; auto.
  intros w Hw. rewrite sem_in by auto. apply H. apply gather_place_inb; auto.
Qed.
(* One of several updates, or what was there. *)
Lemma sat_replaced c (l : list (idx * idx)) i (u : tensor) a : sat c a ->
  (forall p, In p l -> sat c (u (snd p))) ->
  sat c (fold_left (fun b p => if ieqb (fst p) i then u (snd p) else b) l a).
Proof.
  revert a. induction l as [|p l IH]; intros a A H; cbn [fold_left]; auto. apply IH.
  - destruct (ieqb (fst p) i); auto. apply H; simpl; auto.
  - intros q Hq. apply H; simpl; auto.
Qed.
(* After a scatter, the operand's element and what was added to it, or one of the updates. *)
Lemma holds_scatter k n o u ats rt ss vs : infer (Scatter k n o u) ats = Some rt ->
  holds_all ss (map snd ats) vs ->
  exists a i b, ss = [a; i; b] /\
    holds (match k with UAdd => gains a (sums b) | UReplace => either b a end) (snd rt)
          (sem Rscal (Scatter k n o u) ats rt vs).
Proof.
  intros T H. apply scatter_typed in T as (e & si & sx & su & -> & -> & _).
  destruct ss as [|a [|c [|b [|]]]], vs as [|x [|v [|y [|]]]]; simpl in H; try tauto.
  destruct H as (Hx & _ & Hy & _). exists a, c, b. split; auto. intros i Hi. rewrite sem_in by auto.
  cbn [map sem0 snd]. destruct k.
  - rewrite scatter_add_at. apply (sat_binary Add false); [apply Hx; auto| |discriminate].
    unfold landed. rewrite <- sum_filter. apply (sat_sums b y). intros w Hw. apply filter_In in Hw as [Hw _].
    apply Hy, in_indices; auto.
  - unfold sem_scatter. apply sat_replaced; [apply sat_either_r; auto|]. intros p Hp.
    unfold updates_at in Hp. apply in_map_iff in Hp as (w & <- & Hw). apply sat_either_l, Hy, in_indices;
      auto.
Qed.

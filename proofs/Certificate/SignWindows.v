(* The sign analysis is sound: ops that read and write where integer operands say. *)
From Coq Require Import Reals ZArith List Bool Lra Lia.
From Pullback Require Import Base.Scalar Base.Index Base.Real Base.Axes Syntax Ops.Op Ops.Curve.
From Pullback Require Import Ops.Gather Ops.DynamicProof.
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
  apply (from_window_inb _ sizes); auto. apply window_start_placed; congruence.
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
  assert (P : placed w su si) by (apply window_start_placed; congruence).
  destruct (window_place w su o) as [i|] eqn:E; [|apply sat_either_r; auto].
  apply (window_place_some w su si) in E as [E _]; [|auto|apply inb_length; auto]. apply sat_either_l; auto.
Qed.
